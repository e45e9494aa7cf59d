// Tensors as handles: reference counts, metadata, memory shared with the managed side, random generators.
#include "lm_torch.h"

#include <string>

#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/from_blob.h>

static thread_local std::string last_error;

void lm_set_error(const char* message) noexcept {
  try {
    last_error = message;
  } catch (...) {
  }
}
LM_API const char* lm_last_error() { return last_error.c_str(); }

LM_API void lm_retain(void* handle) { c10::raw::intrusive_ptr::incref(static_cast<c10::TensorImpl*>(handle)); }
LM_API void lm_release(void* handle) { c10::raw::intrusive_ptr::decref(static_cast<c10::TensorImpl*>(handle)); }
LM_API void lm_release_all(void** handles, int count) {
  for (int i = 0; i < count; i++) lm_release(handles[i]);
}

struct LmTensorInfo {
  const int64_t* sizes;
  const int64_t* strides;
  int64_t elements;
  void* data;
  int32_t dimensions;
  int32_t dtype;
  int32_t device;
  int32_t flags;  // 1: requires grad, 2: contiguous
};

LM_API int lm_info(void* handle, LmTensorInfo* info) {
  return lm_guard(-1, [&] {
    auto* tensor = static_cast<c10::TensorImpl*>(handle);
    auto sizes = tensor->sizes();
    info->sizes = sizes.data();
    info->strides = tensor->strides().data();
    info->elements = tensor->numel();
    info->dimensions = static_cast<int32_t>(sizes.size());
    info->dtype = static_cast<int32_t>(c10::typeMetaToScalarType(tensor->dtype()));
    info->device = lm_pack(tensor->device());
    info->flags = (tensor->requires_grad() ? 1 : 0) | (tensor->is_contiguous() ? 2 : 0);
    // Through the storage, not TensorImpl::data(): that one refuses a tensor that is still lazily initialised.
    info->data = const_cast<void*>(lm_borrow(handle).storage().data_ptr().get());
    if (info->data != nullptr) info->data = static_cast<char*>(info->data) + tensor->storage_offset() * tensor->itemsize();
    return 0;
  });
}

// A CPU tensor over memory of the managed side; release(context) is called when the last reference goes, on whatever thread that is.
LM_API void* lm_from_memory(void* data, const int64_t* sizes, int dimensions, int dtype, void (*release)(void*), void* context) {
  return lm_guard(static_cast<void*>(nullptr), [&] {
    auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    c10::IntArrayRef shape(sizes, dimensions);
    return lm_own(at::from_blob(data, shape, [release, context](void*) { release(context); }, options));
  });
}

// A generator of its own on the given device (a copy of the default one, which knows how each backend makes them).
LM_API void* lm_generator(int device, uint64_t seed) {
  return lm_guard(static_cast<void*>(nullptr), [&]() -> void* {
    auto generator = at::globalContext().defaultGenerator(lm_device(device)).clone();
    generator.set_current_seed(seed);
    return generator.unsafeReleaseGeneratorImpl();
  });
}
LM_API void lm_generator_release(void* generator) { c10::raw::intrusive_ptr::decref(static_cast<c10::GeneratorImpl*>(generator)); }

static at::Generator borrow_generator(void* generator) {
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(static_cast<c10::GeneratorImpl*>(generator)));
}
LM_API void* lm_generator_state(void* generator) {
  return lm_guard(static_cast<void*>(nullptr), [&] { return lm_own(borrow_generator(generator).get_state()); });
}
LM_API int lm_generator_set_state(void* generator, void* state) {
  return lm_guard(-1, [&] {
    borrow_generator(generator).set_state(lm_borrow(state));
    return 0;
  });
}
