#include "rewrites.h"

#include <torch/csrc/jit/ir/constants.h>

#include <map>
#include <set>

namespace gx {

namespace {

// What a value is made of, as far as the graph tells: nothing that matters (integers, truth values, single numbers), the
// weights' precision, or more than that.
enum class Kind { Other, Weights, Wider };

// The operators that want all their operands in one precision, and which inputs these are.
const std::map<c10::Symbol, std::vector<size_t>> &operands() {
  static const std::map<c10::Symbol, std::vector<size_t>> table = {
      {c10::aten::linear, {0, 1, 2}},
      {c10::aten::matmul, {0, 1}},
      {c10::aten::mm, {0, 1}},
      {c10::aten::bmm, {0, 1}},
      {c10::aten::addmm, {0, 1, 2}},
      {c10::Symbol::aten("baddbmm"), {0, 1, 2}},
      {c10::Symbol::aten("scaled_dot_product_attention"), {0, 1, 2, 3}},
      {c10::aten::layer_norm, {0, 2, 3}},
      {c10::Symbol::aten("rms_norm"), {0, 2}},
      {c10::aten::group_norm, {0, 2, 3}},
      {c10::aten::batch_norm, {0, 1, 2, 3, 4}},
      {c10::aten::conv1d, {0, 1, 2}},
      {c10::aten::conv2d, {0, 1, 2}},
      {c10::Symbol::aten("_convolution"), {0, 1, 2}},
  };
  return table;
}

bool tells_truth(c10::Symbol op) {
  static const std::set<c10::Symbol> ops = {
      c10::aten::eq,          c10::aten::ne,          c10::aten::lt,         c10::aten::le,         c10::aten::gt,
      c10::aten::ge,          c10::aten::logical_not, c10::aten::isnan,      c10::aten::logical_or, c10::aten::logical_and,
      c10::aten::logical_xor, c10::aten::isinf,       c10::aten::isfinite,   c10::aten::argmax,     c10::aten::argmin,
      c10::aten::any,         c10::aten::all};
  return ops.count(op) > 0;
}

Kind kind_of(at::ScalarType type, at::ScalarType weights) {
  if (!at::isFloatingType(type)) return Kind::Other;
  return type == weights ? Kind::Weights : Kind::Wider;
}

class Aligner {
 public:
  Aligner(Graph &graph, at::ScalarType weights) : graph_(graph), weights_(weights) {}

  void visit(torch::jit::Block *block) {
    for (Node *node : block->nodes()) {
      for (auto *inner : node->blocks()) visit(inner);
      auto found = operands().find(node->kind());
      if (found != operands().end()) align(node, found->second);
      const Kind kind = result(node);
      for (Value *output : node->outputs()) kinds_[output] = kind;
    }
  }

 private:
  Kind kind(Value *value) const {
    auto found = kinds_.find(value);
    return found == kinds_.end() ? Kind::Other : found->second;
  }

  void align(Node *node, const std::vector<size_t> &places) {
    std::vector<size_t> wider;
    bool mixed = false;
    for (size_t place : places) {
      if (place >= node->inputs().size()) continue;
      if (kind(node->input(place)) == Kind::Wider) wider.push_back(place);
      if (kind(node->input(place)) == Kind::Weights) mixed = true;
    }
    if (!mixed) return;
    torch::jit::WithInsertPoint at(node);
    for (size_t place : wider) {
      Value *narrowed = graph_.insert(c10::aten::to, {node->input(place), weights_, false, false});
      kinds_[narrowed] = Kind::Weights;
      node->replaceInput(place, narrowed);
    }
  }

  Kind result(Node *node) const {
    if (node->kind() == c10::prim::Constant) {
      auto value = torch::jit::toIValue(node->output());
      // A single number takes on the precision of what it meets.
      if (!value || !value->isTensor() || !value->toTensor().defined() || value->toTensor().dim() == 0) return Kind::Other;
      return kind_of(value->toTensor().scalar_type(), weights_);
    }
    if (tells_truth(node->kind())) return Kind::Other;
    if (node->kind() == c10::aten::type_as) return kind(node->input(1));
    if (auto type = stated(node)) return kind_of(*type, weights_);
    if (node->kind() == c10::aten::where && node->inputs().size() == 3) return chosen(node->input(1), node->input(2));
    Kind widest = Kind::Other;
    for (Value *input : node->inputs()) widest = std::max(widest, kind(input));
    return widest;
  }

  // One of two values wherever a condition says so: here two single numbers meet nothing whose precision they could take on.
  Kind chosen(Value *a, Value *b) const {
    Kind widest = std::max(kind(a), kind(b));
    for (Value *value : {a, b}) {
      if (widest == Kind::Other && value->type()->kind() == c10::TypeKind::FloatType) return Kind::Wider;
      auto number = widest == Kind::Other ? constant_tensor(value) : std::nullopt;
      if (number && number->defined()) widest = std::max(widest, kind_of(number->scalar_type(), weights_));
    }
    return widest;
  }

  // The precision that the node itself names (aten::to, arange, softmax with a dtype …).
  static std::optional<at::ScalarType> stated(Node *node) {
    const auto *schema = node->maybeSchema();
    if (schema == nullptr) return std::nullopt;
    auto place = schema->argumentIndexWithName("dtype");
    if (!place || *place < 0) return std::nullopt;
    auto value = torch::jit::toIValue(node->input(static_cast<size_t>(*place)));
    if (!value || !value->isInt()) return std::nullopt;
    return static_cast<at::ScalarType>(value->toInt());
  }

  Graph &graph_;
  const at::ScalarType weights_;
  std::map<Value *, Kind> kinds_;
};

}  // namespace

void align_precisions(Graph &graph) {
  if (auto weights = half_precision(graph.block())) Aligner(graph, *weights).visit(graph.block());
}

}  // namespace gx
