// The graph optimiser's passes. Each is one file and one function: it takes a frozen, inlined graph and leaves what does
// not fit its pattern as it was. A pass knows operators, never models.
#pragma once
#include "weights.h"

#include <torch/csrc/jit/ir/ir.h>

namespace gx {

// rewrites/devices.cpp: device constants baked in by tracing become the device the program runs on.
void set_devices(torch::jit::Block *block, c10::Device device);

// rewrites/remove_empty_parts.cpp: a tensor joined with a constant one without values → the tensor.
void remove_empty_parts(const std::shared_ptr<torch::jit::Graph> &graph);

// rewrites/align_precisions.cpp: a model traced in f32 keeps each conversion to f32 that its code asked for. Once its weights
// are cast, what these conversions give no longer fits the weights: where products and norms would mix precisions, their
// operands take on that of the weights.
void align_precisions(torch::jit::Graph &graph);

// rewrites/remove_mutation.cpp: activations and sums that write over their operand, where nothing else sees it → the plain ones.
void remove_mutation(const std::shared_ptr<torch::jit::Graph> &graph);

// rewrites/fold_batch_norm.cpp: a constant-weight convolution and the batch norm that alone reads it → one convolution.
void fold_batch_norm(torch::jit::Graph &graph, Weights &weights);

// rewrites/written_out_activation.cpp: products and quotients that, as functions of one value, give what an activation gives → the activation. The value is
// taken to be of floats.
void written_out_activation(const std::shared_ptr<torch::jit::Graph> &graph);

// rewrites/merge_linears.cpp: constant-weight aten::linear nodes that read the same value → one, and slices of its result.
void merge_linears(const std::shared_ptr<torch::jit::Graph> &graph, Weights &weights);

// rewrites/prepack_linear.cpp: aten::linear with a constant weight → our own kernel or oneDNN's on a prepacked weight, with the
// activation and, in ours, the residual sum or the gate that follow it fused in.
void prepack_linear(const std::shared_ptr<torch::jit::Graph> &graph, Weights &weights);

// rewrites/own_attention.cpp: attention without dropout → our own kernel, which does for itself what it is not made for.
void own_attention(torch::jit::Graph &graph);

// rewrites/written_out_attention.cpp: attention that a graph writes out as two products and what stands between them → the same kernel, with
// the lines kept for what it is not made for.
void written_out_attention(const std::shared_ptr<Graph> &graph);

// rewrites/own_layer_norm.cpp: layer norms over the last dimension, with a constant weight and bias or none → our own kernel.
void own_layer_norm(torch::jit::Graph &graph, Weights &weights);

// rewrites/own_rms_norm.cpp: RMS norms over the last dimension with a constant weight, as one operator or written out → our own kernel.
void own_rms_norm(const std::shared_ptr<torch::jit::Graph> &graph, Weights &weights);

// rewrites/own_rotary.cpp: rotary positions, rows of which each half is turned against the other → our own kernel.
void own_rotary(const std::shared_ptr<torch::jit::Graph> &graph);

// rewrites/own_convolution.cpp: convolutions with constant weights, of all channels at once or of each by itself → our own kernels, with the activation
// and the residual sum that follow, and zeros put around the picture before, fused in.
void own_convolution(const std::shared_ptr<torch::jit::Graph> &graph, Weights &weights);

// rewrites/prepack_convolution.cpp: the other convolutions with constant weights → oneDNN's on prepacked weights, in channels_last memory,
// with the activation or the residual sum (and its relu) that follows fused in.
void prepack_convolution(const std::shared_ptr<torch::jit::Graph> &graph, Weights &weights);

}  // namespace gx
