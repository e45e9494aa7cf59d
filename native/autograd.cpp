// The autograd engine: backward, gradients, modes, and nodes whose backward is managed code.
#include "lm_torch.h"

#include <memory>
#include <stdexcept>
#include <string>

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

using torch::autograd::variable_list;

LM_API int lm_set_requires_grad(void* handle, int on) {
  return lm_guard(-1, [&] {
    lm_borrow(handle).set_requires_grad(on != 0);
    return 0;
  });
}

// Null without an error: the tensor has no gradient.
LM_API int lm_grad(void* handle, void** gradient) {
  return lm_guard(-1, [&] {
    *gradient = lm_own(at::Tensor(lm_borrow(handle).grad()));
    return 0;
  });
}
LM_API int lm_set_grad(void* handle, void* gradient) {
  return lm_guard(-1, [&] {
    lm_borrow(handle).mutable_grad() = lm_borrow(gradient);
    return 0;
  });
}

// gradients: one per root; null where the root is a scalar and starts from 1.
LM_API int lm_backward(void** roots, void** gradients, int count, int retain) {
  return lm_guard(-1, [&] {
    torch::autograd::backward(lm_borrow_all(roots, count), lm_borrow_all(gradients, count), retain != 0, /*create_graph=*/false);
    return 0;
  });
}

LM_API int lm_gradients(void** outputs, void** gradients, int outputs_count, void** inputs, int inputs_count, int retain, void** results) {
  return lm_guard(-1, [&] {
    auto found = torch::autograd::grad(lm_borrow_all(outputs, outputs_count), lm_borrow_all(inputs, inputs_count),
                                       lm_borrow_all(gradients, outputs_count), retain != 0, /*create_graph=*/false, /*allow_unused=*/true);
    for (int i = 0; i < inputs_count; i++) results[i] = lm_own(std::move(found[i]));
    return 0;
  });
}

// Sets the calling thread's grad mode (0 or 1; -1 only asks) and returns the one before.
LM_API int lm_grad_mode(int mode) {
  int before = c10::GradMode::is_enabled() ? 1 : 0;
  if (mode >= 0) c10::GradMode::set_enabled(mode != 0);
  return before;
}

typedef int (*LmBackward)(void* context, void** gradients, int gradients_count, void** saved, int saved_count, void** results, int results_count);

// A node whose backward is a managed callback. It borrows gradients and saved tensors to the callback and takes the results over.
struct ManagedNode : torch::autograd::Node {
  std::string label;
  LmBackward callback = nullptr;
  void (*release)(void*) = nullptr;
  void* context = nullptr;
  int inputs = 0;
  std::vector<torch::autograd::SavedVariable> saved;

  ~ManagedNode() override { release(context); }
  std::string name() const override { return label; }
  void release_variables() override {
    for (auto& variable : saved) variable.reset_data();
  }
  variable_list apply(variable_list&& gradients) override {
    variable_list unpacked;
    unpacked.reserve(saved.size());
    for (auto& variable : saved) unpacked.push_back(variable.unpack(shared_from_this()));
    auto handles = [](const variable_list& tensors) {
      std::vector<void*> list;
      list.reserve(tensors.size());
      for (auto& tensor : tensors) list.push_back(tensor.defined() ? static_cast<void*>(tensor.unsafeGetTensorImpl()) : nullptr);
      return list;
    };
    auto gradient_handles = handles(gradients);
    auto saved_handles = handles(unpacked);
    std::vector<void*> results(inputs, nullptr);
    int status = callback(context, gradient_handles.data(), static_cast<int>(gradient_handles.size()), saved_handles.data(),
                          static_cast<int>(saved_handles.size()), results.data(), inputs);
    variable_list taken;
    taken.reserve(results.size());
    for (void* handle : results) {
      taken.push_back(handle ? at::Tensor(LmTensorPtr::reclaim(static_cast<c10::TensorImpl*>(handle))) : at::Tensor());
    }
    if (status != 0) throw std::runtime_error("a managed backward failed");
    return taken;
  }
};

// Makes outputs, computed outside the graph, the results of a managed function of inputs. Returns 1 when a node was attached, 0 when nothing
// requires a gradient (the context is then already released), -1 on an error (also released).
LM_API int lm_attach(const char* label, void** inputs, int inputs_count, void** outputs, int outputs_count, void** saved, int saved_count,
                     LmBackward callback, void* context, void (*release)(void*)) {
  auto node = std::shared_ptr<ManagedNode>(new ManagedNode(), torch::autograd::deleteNode);
  node->label = label;
  node->callback = callback;
  node->release = release;
  node->context = context;
  node->inputs = inputs_count;
  return lm_guard(-1, [&] {
    auto variables = lm_borrow_all(inputs, inputs_count);
    bool needed = false;
    for (auto& variable : variables) needed |= variable.defined() && variable.requires_grad();
    if (!needed || !c10::GradMode::is_enabled()) return 0;
    node->set_next_edges(torch::autograd::collect_next_edges(variables));
    for (int i = 0; i < outputs_count; i++) {
      at::Tensor output = lm_borrow(outputs[i]);
      torch::autograd::set_history(output, node);
    }
    for (int i = 0; i < saved_count; i++) node->saved.emplace_back(lm_borrow(saved[i]), /*is_output=*/false);
    return 1;
  });
}
