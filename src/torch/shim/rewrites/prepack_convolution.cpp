#include "activation.h"
#include "onednn.h"
#include "rewrites.h"
#include "sizes.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <set>

namespace gx {

namespace {

// What becomes one operator: the convolution, the sum that alone reads it, and the activation that alone reads that.
struct Fusion {
  Convolution convolution;
  Node *sum;
  Activation activation;
  // About the height and width of the input.
  int64_t side;
  // The sum may be written over its other operand.
  bool in_place;

  // Where the operator stands: a sum's other operand must be there.
  Node *place() const { return sum ? sum : convolution.node; }
  Value *other() const { return sum->input(sum->input(0) == convolution.node->output() ? 1 : 0); }
};

bool packable(const at::Tensor &weight) {
  return weight.device().is_cpu() && weight.layout() == at::kStrided && onednn_packs(weight.scalar_type());
}

// Which layout oneDNN will want hangs on the picture's size, hardly on the batch's; for another one it reorders at each call.
at::Tensor reorder(const Convolution &convolution, int64_t side) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_reorder_convolution_weight", "")
          .typed<at::Tensor(const at::Tensor &, c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymInt,
                            at::OptionalSymIntArrayRef)>();
  const std::vector<c10::SymInt> input = {8, convolution.weight.size(1) * convolution.groups, side, side};
  return op.call(convolution.weight.contiguous(at::MemoryFormat::ChannelsLast),
                 c10::fromIntArrayRefSlow(convolution.padding), c10::fromIntArrayRefSlow(convolution.stride),
                 c10::fromIntArrayRefSlow(convolution.dilation), convolution.groups, input);
}

class Packer {
 public:
  Packer(const std::shared_ptr<Graph> &graph, Weights &weights) : graph_(*graph), aliases_(graph), weights_(weights) {}

  void visit(torch::jit::Block *block) {
    for (Node *node : block->nodes()) {
      for (auto *inner : node->blocks()) visit(inner);
    }
    std::vector<Fusion> fusions;
    std::set<Node *> sums;
    SizesOf sizes;
    for (Node *node : block->nodes()) {
      auto convolution = constant_convolution(node);
      if (!convolution || !packable(convolution->weight)) continue;
      Node *sum = fusible_sum(*convolution, sizes);
      if (sum && !sums.insert(sum).second) sum = nullptr;
      Activation activation = fused_activation(sum ? sum : node);
      // Behind a sum, relu is the one that the operator knows.
      if (sum && activation.name != "relu") activation = no_activation(sum);
      fusions.push_back({*convolution, sum, activation, sizes(convolution->input()).side, false});
    }
    // Where each convolution will read its input.
    std::map<Node *, Node *> places;
    for (const auto &fusion : fusions) places[fusion.convolution.node] = fusion.place();
    for (auto &fusion : fusions) fusion.in_place = fusion.sum && last_read(fusion, places);
    for (const auto &fusion : fusions) fuse(fusion);
  }

 private:
  // The operator does no broadcasting, and none of mixed precisions.
  Node *fusible_sum(const Convolution &convolution, SizesOf &sizes) {
    Value *result = convolution.node->output();
    if (convolution.groups != 1 || result->uses().size() != 1) return nullptr;
    Node *sum = result->uses()[0].user;
    if (sum->kind() != c10::aten::add || sum->owningBlock() != convolution.node->owningBlock() || sum->inputs().size() != 3) {
      return nullptr;
    }
    auto alpha = torch::jit::toIValue(sum->input(2));
    if (!alpha || !alpha->isScalar() || alpha->toScalar().toDouble() != 1. || sum->input(0) == sum->input(1)) return nullptr;
    Value *other = sum->input(sum->input(0) == result ? 1 : 0);
    // The convolution moves down to the sum: not past a write to what it reads.
    if (aliases_.hasWriters(convolution.input()) || !(sizes(other) == sizes(result))) return nullptr;
    return sum;
  }

  // Nothing reads the sum's other operand afterwards, under whichever name.
  bool last_read(const Fusion &fusion, const std::map<Node *, Node *> &places) {
    Value *other = fusion.other();
    Node *maker = other->node();
    // Made here and anew, by an operator: no input, constant or attribute.
    if (maker->owningBlock() != fusion.sum->owningBlock() || maker->maybeSchema() == nullptr) return false;
    for (Value *input : maker->inputs()) {
      if (aliases_.mayContainAlias(input, other)) return false;
    }
    for (const auto &use : other->uses()) {
      if (use.user == fusion.sum) continue;
      auto moved = places.find(use.user);
      const Node *reader = moved == places.end() ? use.user : moved->second;
      if (reader->owningBlock() != fusion.sum->owningBlock() || !reader->isBefore(fusion.sum)) return false;
      for (Value *output : use.user->outputs()) {
        if (aliases_.mayContainAlias(output, other)) return false;
      }
    }
    return true;
  }

  void fuse(const Fusion &fusion) {
    static const auto pointwise = c10::Symbol::fromQualString("mkldnn::_convolution_pointwise");
    static const auto pointwise_ = c10::Symbol::fromQualString("mkldnn::_convolution_pointwise_");
    const Convolution &of = fusion.convolution;
    torch::jit::WithInsertPoint at(fusion.place());
    // The operator with a sum wants the bias in the weight's precision.
    Value *bias = of.node->namedInput("bias");
    if (of.bias && !fusion.sum) bias = weights_.exact(graph_, *of.bias);
    const std::string what = c10::str("convolution ", at::IntArrayRef(of.padding), at::IntArrayRef(of.stride),
                                      at::IntArrayRef(of.dilation), of.groups);
    Value *packed = weights_.packed(graph_, what, of.weight, [&] { return reorder(of, fusion.side); });
    std::vector<torch::jit::NamedValue> inputs = {of.input()};
    if (fusion.sum) inputs.insert(fusion.in_place ? inputs.begin() : inputs.end(), fusion.other());
    for (torch::jit::NamedValue input : std::initializer_list<torch::jit::NamedValue>{
             packed, bias, of.padding, of.stride, of.dilation, of.groups}) {
      inputs.push_back(input);
    }
    const Activation &activation = fusion.activation;
    if (fusion.sum) {
      inputs.insert(inputs.end(), {std::string("add"), 1.});
      const bool none = activation.name == "none";
      inputs.push_back(none ? torch::jit::NamedValue(c10::IValue()) : torch::jit::NamedValue(activation.name));
    } else {
      inputs.push_back(activation.name);
    }
    inputs.insert(inputs.end(), {activation.scalars, activation.algorithm});
    Value *out = graph_.insert(fusion.in_place ? pointwise_ : pointwise, inputs);
    activation.node->output()->replaceAllUsesWith(out);
    // From the last to the first, each of which then has no reader; nodes that are one stand side by side.
    Node *last = nullptr;
    for (Node *node : {activation.node, fusion.place(), of.node}) {
      if (node != last) node->destroy();
      last = node;
    }
  }

  Graph &graph_;
  const torch::jit::AliasDb aliases_;
  Weights &weights_;
};

}  // namespace

void prepack_convolution(const std::shared_ptr<Graph> &graph, Weights &weights) { Packer(graph, weights).visit(graph->block()); }

}  // namespace gx
