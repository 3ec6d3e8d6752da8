//! Our own kernels against libtorch's, through the graphs that they are put into.

mod activations;
mod attention;
mod convolution;
mod depthwise;
mod int8;
mod joins;
mod layer_norm;
mod linear;
mod merging;
mod operators;
mod padding;
mod rms_norm;
mod rotary;
mod sets;
mod written_out;
mod written_out_inputs;

#[path = "../support/processor.rs"]
mod processor;
mod support;
