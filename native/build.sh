#!/usr/bin/env bash
# Compiles native/*.cpp into the library that LlavaMod.Torch loads:  native/build.sh OUT/liblm_torch.so
#   TORCH_HOME  a LibTorch folder, or the torch folder of a Python wheel; unset: the libtorch of the system
#   CXX         the compiler; unset: g++
# Compiles only what is older than its sources or was made for another libtorch, so the managed build calls it every time.
set -euo pipefail

fail() {
  echo "$1" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1
work=$(dirname "$out")
home=${TORCH_HOME:-}
read -ra cxx <<<"${CXX:-g++}"

command -v "${cxx[0]}" >/dev/null ||
  fail "no C++ compiler: looked for '${cxx[0]}' on the PATH. Install it with: apt-get install g++"

flags=(-O2 -fPIC -fvisibility=hidden -Wall -Wextra)
link=(-Wl,-z,defs)
if [[ -n $home ]]; then
  home=$(realpath -m -- "$home")
  libraries=$home/lib
  for needed in include/torch/library.h include/torch/csrc/api/include/torch/version.h lib/libtorch_cpu.so lib/libc10.so; do
    [[ -e $home/$needed ]] ||
      fail "no libtorch in TORCH_HOME: looked for '$home/$needed'. Point TORCH_HOME at a LibTorch folder or at the torch folder of a Python wheel, or unset it"
  done
  flags+=(-isystem "$home/include" -isystem "$home/include/torch/csrc/api/include")
  link+=("-L$libraries" "-Wl,-rpath,$libraries")
else
  # The compiler answers with the bare name when it does not know the library.
  found=$("${cxx[@]}" -print-file-name=libtorch_cpu.so)
  libraries=$(realpath -m -- "$(dirname "$found")")
  [[ -e /usr/include/torch/library.h && $found == /* ]] ||
    fail "no libtorch: looked for /usr/include/torch/library.h and libtorch_cpu.so. Install it with: apt-get install libtorch-dev (or set TORCH_HOME)"
fi

# libtorch asks for C++20 from 2.14 on.
if grep -qs 202002L "${home:-/usr}/include/ATen/ATen.h"; then
  flags+=(-std=gnu++20)
else
  flags+=(-std=gnu++17)
fi

# Wheels before 2.6 were built with the old std::string, which shows in the names that libc10 exports.
if grep -qaF _ZN3c106detail14torchCheckFailEPKcS2_jRKSs "$libraries/libc10.so"; then
  flags+=(-D_GLIBCXX_USE_CXX11_ABI=0)
else
  flags+=(-D_GLIBCXX_USE_CXX11_ABI=1)
fi

link+=(-ltorch -ltorch_cpu -lc10)
if [[ -e $libraries/libtorch_cuda.so ]]; then
  # Nothing refers to them: their operators register when they load.
  link+=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda)
fi

mkdir -p "$work"
exec 9>"$work/lock"
flock 9

flavour="${cxx[*]} ${flags[*]} ${link[*]} $(stat -Lc '%s %Y' "$libraries/libtorch_cpu.so")"
if [[ ! -e $work/flavour || $(<"$work/flavour") != "$flavour" ]]; then
  rm -f "$work"/*.o "$out"
  printf '%s\n' "$flavour" >"$work/flavour"
fi

compile() {
  "${cxx[@]}" "${flags[@]}" -c "$1" -o "$2.part" && mv "$2.part" "$2"
}

objects=()
for source in "$here"/*.cpp; do
  object=$work/$(basename "$source" .cpp).o
  objects+=("$object")
  if [[ -e $object && -z $(find "$source" "$here"/*.h "${BASH_SOURCE[0]}" -newer "$object" -print -quit) ]]; then
    continue
  fi
  rm -f "$object" "$out"
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
  compile "$source" "$object" &
done
wait
for object in "${objects[@]}"; do
  [[ -e $object ]] || fail "native/$(basename "$object" .o).cpp does not compile against the libtorch in $libraries"
done

# The folder is newer when a source came or went.
if [[ ! -e $out || $here -nt $out ]]; then
  "${cxx[@]}" -shared -o "$out.part" "${objects[@]}" "${link[@]}" || fail "the native library does not link against the libtorch in $libraries"
  mv "$out.part" "$out"
fi
