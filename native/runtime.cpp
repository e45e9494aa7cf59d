// The library as a whole: version, devices, threads.
#include "lm_torch.h"

#include <string>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/csrc/api/include/torch/cuda.h>
#include <torch/csrc/api/include/torch/version.h>

LM_API const char* lm_version() { return TORCH_VERSION; }
LM_API int lm_cuda_devices() {
  return lm_guard(0, [] { return static_cast<int>(torch::cuda::device_count()); });
}
LM_API int lm_has_mkldnn() { return at::globalContext().hasMKLDNN() ? 1 : 0; }
LM_API void lm_set_threads(int count) { at::set_num_threads(count); }
LM_API int lm_threads() { return at::get_num_threads(); }
LM_API const char* lm_build_settings() {
  static const std::string settings = at::show_config();
  return settings.c_str();
}
