// Memory that what operators give is written to: what one batch gives back the next one takes. Pages taken from the system anew for each
// batch cost more than a layer norm.
#pragma once
#include <ATen/core/Tensor.h>

namespace gx {

// As at::empty on the CPU, dense.
at::Tensor empty_reused(at::IntArrayRef sizes, at::ScalarType type);

// Gives to the system what is not in use.
void forget_reused();

// Makes room for what reading and rewriting a model's code takes: the C library would ask the system for each page of it anew.
void reserve_heap();

}  // namespace gx
