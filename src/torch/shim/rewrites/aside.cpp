#include "aside.h"

#include "weights.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/common_subexpression_elimination.h>
#include <torch/csrc/jit/passes/constant_pooling.h>

namespace gx {

namespace {

// Meanwhile they are inputs of the graph, one for each weight, wherever it is used.
class Aside {
 public:
  explicit Aside(Graph &graph) : graph_(graph), first_(graph.inputs().size()) { take(graph.block()); }

  void put_back() {
    torch::jit::WithInsertPoint at(*graph_.block()->nodes().begin());
    while (!tensors_.empty()) {
      Value *input = graph_.inputs().at(first_ + tensors_.size() - 1);
      if (input->hasUses()) input->replaceAllUsesWith(graph_.insertConstant(tensors_.back()));
      graph_.eraseInput(first_ + tensors_.size() - 1);
      tensors_.pop_back();
    }
  }

 private:
  // Its address, its type, its sizes and its strides.
  using Key = std::vector<int64_t>;

  static Key key(const at::Tensor &tensor) {
    Key key{static_cast<int64_t>(reinterpret_cast<uintptr_t>(tensor.const_data_ptr())), static_cast<int64_t>(tensor.scalar_type())};
    key.insert(key.end(), tensor.sizes().begin(), tensor.sizes().end());
    key.insert(key.end(), tensor.strides().begin(), tensor.strides().end());
    return key;
  }

  void take(torch::jit::Block *block) {
    for (auto at = block->nodes().begin(); at != block->nodes().end();) {
      Node *node = *at++;
      for (auto *inner : node->blocks()) take(inner);
      if (node->kind() != c10::prim::Constant) continue;
      const auto tensor = constant_tensor(node->output());
      // Numbers are compared soon enough.
      if (!tensor || !tensor->defined() || tensor->dim() == 0 || tensor->layout() != at::kStrided) continue;
      Value *&input = inputs_[key(*tensor)];
      if (!input) {
        input = graph_.addInput()->setType(node->output()->type());
        tensors_.push_back(*tensor);
      }
      node->output()->replaceAllUsesWith(input);
      node->destroy();
    }
  }

  Graph &graph_;
  const size_t first_;
  std::map<Key, Value *> inputs_;
  std::vector<at::Tensor> tensors_;
};

}  // namespace

void eliminate_common_subexpressions(std::shared_ptr<Graph> &graph) {
  Aside weights(*graph);
  torch::jit::EliminateCommonSubexpression(graph);
  weights.put_back();
}

void pool_constants(std::shared_ptr<Graph> &graph) {
  Aside weights(*graph);
  torch::jit::ConstantPooling(graph);
  weights.put_back();
}

}  // namespace gx
