#include "operators/operators.h"
#include "rewrites.h"
#include "written_out.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <map>

namespace gx {

namespace {

// What is read at the first line and only used at the last is the same there, and so is the result wherever it is read.
bool is_constant(const torch::jit::AliasDb &aliases, const WrittenOut &found) {
  return std::none_of(found.lines.begin(), found.lines.end(), [&](const Node *line) { return aliases.hasWriters(line); });
}

// The lines as a graph of q, keys, v and the masks.
std::shared_ptr<Graph> lines_of(const WrittenOut &found) {
  auto lines = std::make_shared<Graph>();
  std::map<Value *, Value *> known;
  std::vector<Value *> inputs{found.q, found.keys, found.v};
  inputs.insert(inputs.end(), found.masks.begin(), found.masks.end());
  for (Value *input : inputs) known[input] = lines->addInput()->setType(c10::TensorType::get());
  const auto copied = [&](Value *value) {
    auto at = known.find(value);
    return at == known.end() ? known[value] = lines->insertConstant(torch::jit::toIValue(value).value()) : at->second;
  };
  for (Node *node : found.lines) {
    Node *copy = lines->createClone(node, copied);
    // A product of two precisions would throw.
    if (is_product(node)) copy->replaceInput(0, lines->insert(c10::aten::type_as, {copy->input(0), copy->input(1)}));
    lines->insertNode(copy);
    known[node->output()] = copy->output()->setType(c10::TensorType::get());
  }
  lines->registerOutput(known.at(found.last()->output()));
  return lines;
}

// Whether all who read it turn it and copy that, or view it if it lies as they want it.
bool is_turned(const Value *result) {
  const auto copies = [](const torch::jit::Use &use) {
    const auto kind = use.user->kind();
    return kind == c10::aten::contiguous || kind == c10::aten::reshape || kind == c10::aten::flatten;
  };
  const auto turns = [&copies](const torch::jit::Use &use) {
    const auto kind = use.user->kind();
    const bool turned = kind == c10::aten::transpose || kind == c10::aten::permute;
    return turned && std::all_of(use.user->output()->uses().begin(), use.user->output()->uses().end(), copies);
  };
  return std::all_of(result->uses().begin(), result->uses().end(), turns);
}

// For all who read it, in the order of its dimensions: a copy, unless it lies so.
void lay_out(Graph &graph, Value *value) {
  torch::jit::WithInsertPoint behind(value->node()->next());
  Value *copy = graph.insert(c10::aten::contiguous, {value});
  value->replaceAllUsesAfterNodeWith(copy->node(), copy);
}

void replace(Graph &graph, const WrittenOut &found) {
  static const auto attention = c10::Symbol::fromQualString("glyxel::attention");
  torch::jit::WithInsertPoint at(found.last());
  c10::List<std::optional<double>> fills;
  for (const auto &fill : found.fills) fills.push_back(fill);
  Value *masks = graph.insertNode(graph.createList(c10::TensorType::get(), found.masks))->output();
  Node *node = graph.create(attention, {found.q, found.keys, found.v, masks, graph.insertConstant(fills), graph.insertConstant(found.scale)});
  node->g_(torch::jit::attr::Subgraph, lines_of(found));
  Value *own = graph.insertNode(node)->output()->setType(c10::TensorType::get());
  Value *result = found.last()->output();
  const bool turned = is_turned(result);
  result->replaceAllUsesWith(own);
  // A product lies in the order of its dimensions, and a view may count on it. The kernel's result lies as the usual turn leaves it, so that then nothing is copied.
  if (!turned) return lay_out(graph, own);
  const auto turns = own->uses();
  for (const auto &use : turns) lay_out(graph, use.user->output());
}

void find_products(torch::jit::Block *block, std::vector<Node *> &products) {
  for (Node *node : block->nodes()) {
    for (auto *inner : node->blocks()) find_products(inner, products);
    if (is_product(node)) products.push_back(node);
  }
}

}  // namespace

void written_out_attention(const std::shared_ptr<Graph> &graph) {
  // Bf16 on a processor with AMX: what the kernel does not compute stays libtorch's, with all its threads.
  if (const auto half = half_precision(graph->block()); half && !kernel_precision(*half)) return;
  std::vector<Node *> products, needless;
  find_products(graph->block(), products);
  std::unique_ptr<const torch::jit::AliasDb> aliases;
  for (Node *product : products) {
    const auto found = written_out(product);
    if (!found) continue;
    if (!aliases) aliases = std::make_unique<const torch::jit::AliasDb>(graph);
    if (!is_constant(*aliases, *found)) continue;
    replace(*graph, *found);
    needless.insert(needless.end(), found->lines.rbegin(), found->lines.rend());
  }
  // Not before: what is known of aliases goes by addresses.
  for (Node *node : needless) node->destroy();
}

}  // namespace gx
