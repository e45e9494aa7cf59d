// Any operator, by name, through the c10 dispatcher: arguments boxed on a stack, results as owned handles.
#include "lm_torch.h"

#include <sstream>
#include <string>

#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

namespace {

using c10::IValue;
using OptionalTensor = decltype(IValue().toOptional<at::Tensor>());  // of c10 or of std, by libtorch's version

template <typename Item>
IValue tensor_list(const LmValue& value) {
  c10::List<Item> list;
  list.reserve(value.length);
  auto* handles = static_cast<void* const*>(value.pointer);
  for (int i = 0; i < value.length; i++) {
    if constexpr (std::is_same_v<Item, at::Tensor>) {
      list.push_back(lm_borrow(handles[i]));
    } else {
      list.push_back(handles[i] ? Item(lm_borrow(handles[i])) : Item());
    }
  }
  return IValue(std::move(list));
}

IValue default_of(const c10::FunctionSchema& schema, size_t index) {
  auto& argument = schema.arguments()[index];
  TORCH_CHECK(argument.default_value().has_value(), schema.name(), ": argument '", argument.name(), "' is missing and has no default");
  return *argument.default_value();
}

IValue to_ivalue(const LmValue& value, const c10::FunctionSchema& schema, size_t index) {
  switch (value.kind) {
    case LM_NONE: return IValue();
    case LM_TENSOR: return IValue(lm_borrow(value.pointer));
    case LM_INT: return IValue(value.integer);
    case LM_DOUBLE: return IValue(value.real);
    case LM_BOOL: return IValue(value.integer != 0);
    case LM_STRING: return IValue(std::string(static_cast<const char*>(value.pointer), value.length));
    case LM_INTS: return IValue(c10::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.length));
    case LM_DOUBLES: return IValue(c10::ArrayRef<double>(static_cast<const double*>(value.pointer), value.length));
    case LM_TENSORS: return tensor_list<at::Tensor>(value);
    case LM_OPTIONAL_TENSORS: return tensor_list<OptionalTensor>(value);
    case LM_DEVICE: return IValue(lm_device(value.integer));
    case LM_DEFAULT: return default_of(schema, index);
    case LM_GENERATOR:
      return IValue(at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(
          static_cast<c10::GeneratorImpl*>(const_cast<void*>(value.pointer)))));
  }
  TORCH_CHECK(false, schema.name(), ": unknown argument kind ", value.kind);
}

// How many slots a result takes: a list of tensors is flattened.
size_t slots_of(const IValue& value, const c10::FunctionSchema& schema) {
  if (value.isTensorList()) return value.toTensorList().size();
  TORCH_CHECK(value.isTensor() || value.isInt() || value.isDouble() || value.isBool(), schema.name(), ": results of kind ", value.tagKind(),
              " are not supported");
  return 1;
}

LmValue* write_tensor(at::Tensor&& tensor, LmValue* slot) {
  slot->kind = LM_TENSOR;
  slot->pointer = lm_own(std::move(tensor));
  return slot + 1;
}

// Gives a result's references to the caller; cannot fail once slots_of has taken the result. Returns the next free slot.
LmValue* write(IValue& value, LmValue* slot) {
  if (value.isTensor()) return write_tensor(std::move(value).toTensor(), slot);
  if (value.isTensorList()) {
    for (auto& tensor : value.toTensorVector()) slot = write_tensor(std::move(tensor), slot);
    return slot;
  }
  if (value.isDouble()) {
    slot->kind = LM_DOUBLE;
    slot->real = value.toDouble();
  } else {
    slot->kind = value.isInt() ? LM_INT : LM_BOOL;
    slot->integer = value.isInt() ? value.toInt() : value.toBool();
  }
  return slot + 1;
}

// The stack's memory is reused from call to call; a nested call finds it taken and starts with an empty one.
thread_local torch::jit::Stack idle_stack;
struct StackLease {
  torch::jit::Stack stack;
  StackLease() { stack.swap(idle_stack); }
  ~StackLease() {
    stack.clear();
    stack.swap(idle_stack);
  }
};

}  // namespace

// The handle lives as long as the process: the managed side looks each operator up once.
LM_API void* lm_find_operator(const char* name, const char* overload) {
  return lm_guard(static_cast<void*>(nullptr), [&]() -> void* {
    return new c10::OperatorHandle(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload));
  });
}

LM_API int lm_has_operator(const char* name, const char* overload) {
  return lm_guard(-1, [&] { return c10::Dispatcher::singleton().findSchema({name, overload}).has_value() ? 1 : 0; });
}

// Calls an operator; missing trailing arguments take the schema's defaults. Returns the number of results, or -1.
// capacity 0 discards them (in-place and out= operators return one of their arguments again).
LM_API int lm_call(void* operator_handle, const LmValue* arguments, int count, LmValue* results, int capacity) {
  return lm_guard(-1, [&] {
    auto& op = *static_cast<c10::OperatorHandle*>(operator_handle);
    auto& schema = op.schema();
    size_t expected = schema.arguments().size();
    TORCH_CHECK(static_cast<size_t>(count) <= expected, schema.name(), ": ", count, " arguments given, it takes ", expected);
    StackLease lease;
    for (int i = 0; i < count; i++) lease.stack.emplace_back(to_ivalue(arguments[i], schema, i));
    for (size_t i = count; i < expected; i++) lease.stack.emplace_back(default_of(schema, i));
    op.callBoxed(lease.stack);
    if (capacity == 0) return 0;
    size_t needed = 0;
    for (auto& value : lease.stack) needed += slots_of(value, schema);
    TORCH_CHECK(needed <= static_cast<size_t>(capacity), schema.name(), ": ", needed, " results where at most ", capacity, " are expected");
    for (auto& value : lease.stack) results = write(value, results);
    return static_cast<int>(needed);
  });
}
