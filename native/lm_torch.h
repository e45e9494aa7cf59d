// The C ABI between LlavaMod.Torch and libtorch. It knows handles, boxed arguments and autograd nodes; it knows no operator and no model.
// A tensor handle is a c10::TensorImpl* that owns one reference; null is the undefined tensor.
// Every function that can fail returns -1 or null, and lm_last_error() then holds the message for the calling thread.
#pragma once
#include <cstdint>
#include <exception>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#define LM_API extern "C" __attribute__((visibility("default")))

// What an argument or a result is. Mirrors ArgumentKind in Argument.cs.
enum LmKind : int32_t {
  LM_NONE = 0,
  LM_TENSOR = 1,
  LM_INT = 2,
  LM_DOUBLE = 3,
  LM_BOOL = 4,
  LM_STRING = 5,
  LM_INTS = 6,
  LM_DOUBLES = 7,
  LM_TENSORS = 8,
  LM_OPTIONAL_TENSORS = 9,
  LM_DEVICE = 10,
  LM_DEFAULT = 11,
  LM_GENERATOR = 12,
};

// One boxed value. Lists point at memory that stays valid during the call.
struct LmValue {
  int32_t kind;
  int32_t length;
  union {
    int64_t integer;
    double real;
    const void* pointer;
  };
};
static_assert(sizeof(LmValue) == 16, "LmValue is blittable on the managed side");

// Devices travel as type << 8 | index, with index -1 (0xff) for "the current one".
inline c10::Device lm_device(int64_t packed) {
  return c10::Device(static_cast<c10::DeviceType>(packed >> 8), static_cast<c10::DeviceIndex>(static_cast<int8_t>(packed & 0xff)));
}
inline int32_t lm_pack(c10::Device device) {
  return static_cast<int32_t>(device.type()) << 8 | static_cast<uint8_t>(device.index());
}

typedef c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl> LmTensorPtr;

// A new reference to a handle that the caller keeps.
inline at::Tensor lm_borrow(const void* handle) {
  if (handle == nullptr) return at::Tensor();
  return at::Tensor(LmTensorPtr::reclaim_copy(static_cast<c10::TensorImpl*>(const_cast<void*>(handle))));
}
// Gives a tensor's reference to the managed side.
inline void* lm_own(at::Tensor&& tensor) {
  return tensor.defined() ? static_cast<void*>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}
inline std::vector<at::Tensor> lm_borrow_all(void* const* handles, int count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int i = 0; i < count; i++) tensors.push_back(lm_borrow(handles[i]));
  return tensors;
}

void lm_set_error(const char* message) noexcept;

// Runs a body and turns any C++ exception into lm_last_error() and the given value.
template <typename Result, typename Body>
inline Result lm_guard(Result failed, Body body) noexcept {
  try {
    return body();
  } catch (const c10::Error& error) {
    lm_set_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    lm_set_error(error.what());
  } catch (...) {
    lm_set_error("unknown C++ exception");
  }
  return failed;
}
