// The autograd engine: backward, gradients, modes, and nodes whose backward is managed code.
#include "lm_torch.h"

#include <memory>
#include <string>
#include <type_traits>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/engine.h>
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
    at::Tensor tensor = lm_borrow(handle), value = lm_borrow(gradient);
    // The engine trusts what it finds here, so that a wrong one would only show steps later.
    TORCH_CHECK(!value.defined() || (value.sizes() == tensor.sizes() && value.scalar_type() == tensor.scalar_type() && value.device() == tensor.device()),
                "the gradient differs from its tensor in shape, type or device");
    tensor.mutable_grad() = std::move(value);
    return 0;
  });
}

namespace {

// A managed exception on its way through the engine, from the backward that threw it to whoever started the pass, maybe on another thread.
struct ManagedFailure : std::exception {
  std::shared_ptr<void> thrown;
  explicit ManagedFailure(std::shared_ptr<void> exception) : thrown(std::move(exception)) {}
  const char* what() const noexcept override { return "a managed backward failed"; }
};
thread_local std::shared_ptr<void> last_failure;

template <typename Body>
int run_engine(Body body) noexcept {
  last_failure = nullptr;
  return lm_guard(-1, [&] {
    try {
      body();
      return 0;
    } catch (const ManagedFailure& failure) {
      last_failure = failure.thrown;
      throw;
    }
  });
}

}  // namespace

// The managed exception that made the calling thread's last pass fail; null when it failed of itself. Valid until the thread's next pass.
LM_API void* lm_managed_failure() { return last_failure.get(); }

// gradients: one per root; null where the root is a scalar and starts from 1.
LM_API int lm_backward(void** roots, void** gradients, int count, int retain) {
  return run_engine([&] {
    torch::autograd::backward(lm_borrow_all(roots, count), lm_borrow_all(gradients, count), retain != 0, /*create_graph=*/false);
  });
}

LM_API int lm_gradients(void** outputs, void** gradients, int outputs_count, void** inputs, int inputs_count, int retain, void** results) {
  return run_engine([&] {
    auto found = torch::autograd::grad(lm_borrow_all(outputs, outputs_count), lm_borrow_all(inputs, inputs_count),
                                       lm_borrow_all(gradients, outputs_count), retain != 0, /*create_graph=*/false, /*allow_unused=*/true);
    for (int i = 0; i < inputs_count; i++) results[i] = lm_own(std::move(found[i]));
  });
}

// Sets the calling thread's grad mode (0 or 1; -1 only asks) and returns the one before.
LM_API int lm_grad_mode(int mode) {
  int before = c10::GradMode::is_enabled() ? 1 : 0;
  if (mode >= 0) c10::GradMode::set_enabled(mode != 0);
  return before;
}

// Whether the pass that runs on this thread adds to the gradients of leaves (1), or only gives those that lm_gradients asked for (0).
LM_API int lm_pass_accumulates() { return torch::autograd::Engine::get_default_engine().is_checkpoint_valid() ? 1 : 0; }

// Gives null, or a handle of the exception it ended with, which is released like a context.
typedef void* (*LmBackward)(void* context, void** gradients, int gradients_count, void** saved, int saved_count, void** results, int results_count);

// libtorch counts references to nodes with std::shared_ptr, and from 2.13 on with c10::intrusive_ptr.
template <typename NodeType>
auto make_node() {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, NodeType>) {
    return c10::make_intrusive<NodeType>();
  } else {
    return std::shared_ptr<NodeType>(new NodeType(), [](auto* node) { deleteNode(node); });
  }
}
template <typename NodeType>
auto reference_to(NodeType* node) {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, NodeType>) {
    return node->getptr();
  } else {
    return node->shared_from_this();
  }
}

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
    for (auto& variable : saved) unpacked.push_back(variable.unpack(reference_to(this)));
    auto handles = [](const variable_list& tensors) {
      std::vector<void*> list;
      list.reserve(tensors.size());
      for (auto& tensor : tensors) list.push_back(tensor.defined() ? static_cast<void*>(tensor.unsafeGetTensorImpl()) : nullptr);
      return list;
    };
    auto gradient_handles = handles(gradients);
    auto saved_handles = handles(unpacked);
    std::vector<void*> results(inputs, nullptr);
    void* thrown = callback(context, gradient_handles.data(), static_cast<int>(gradient_handles.size()), saved_handles.data(),
                            static_cast<int>(saved_handles.size()), results.data(), inputs);
    variable_list taken;
    taken.reserve(results.size());
    for (void* handle : results) {
      taken.push_back(handle ? at::Tensor(LmTensorPtr::reclaim(static_cast<c10::TensorImpl*>(handle))) : at::Tensor());
    }
    if (thrown != nullptr) throw ManagedFailure(std::shared_ptr<void>(thrown, release));
    return taken;
  }
};

// What set_history takes for granted.
static void check_output(const at::Tensor& output, const variable_list& inputs, int index) {
  TORCH_CHECK(c10::isFloatingType(output.scalar_type()), "output ", index, " is not a floating point tensor");
  TORCH_CHECK(!output.requires_grad(), "output ", index, " is recorded already: compute the outputs with recording off");
  for (auto& input : inputs) TORCH_CHECK(!output.is_same(input), "output ", index, " is one of the inputs: make it a tensor of its own");
}

// Makes outputs, computed outside the graph, the results of a managed function of inputs. Returns 1 when a node was attached, 0 when nothing
// requires a gradient (the context is then already released), -1 on an error (also released; the outputs are as they were).
LM_API int lm_attach(const char* label, void** inputs, int inputs_count, void** outputs, int outputs_count, void** saved, int saved_count,
                     LmBackward callback, void* context, void (*release)(void*)) {
  auto node = make_node<ManagedNode>();
  node->label = label;
  node->callback = callback;
  node->release = release;
  node->context = context;
  node->inputs = inputs_count;
  return lm_guard(-1, [&] {
    auto variables = lm_borrow_all(inputs, inputs_count);
    auto results = lm_borrow_all(outputs, outputs_count);
    bool needed = false;
    for (auto& variable : variables) needed |= variable.defined() && variable.requires_grad();
    if (!needed || !c10::GradMode::is_enabled()) return 0;
    for (int i = 0; i < outputs_count; i++) check_output(results[i], variables, i);
    node->set_next_edges(torch::autograd::collect_next_edges(variables));
    for (auto& result : results) torch::autograd::set_history(result, node);
    for (int i = 0; i < saved_count; i++) {
      at::Tensor kept = lm_borrow(saved[i]);
      // An output must not be kept as it is: it owns the node, which would own it.
      bool is_output = false;
      for (auto& result : results) is_output |= kept.is_same(result);
      node->saved.emplace_back(kept, is_output);
    }
    return 1;
  });
}
