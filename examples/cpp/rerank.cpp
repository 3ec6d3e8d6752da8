// Says how well each document answers a query, with a cross-encoder.
//
//   rerank MODEL QUERY DOCUMENT...      a checkpoint folder or a bundle whose head has one logit
#include <cstdio>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

// >>> rerank
// One score for each document, in their order: the higher, the better the answer.
static std::vector<float> score(const glyxel::Model &model, std::string_view query, const std::vector<std::string_view> &documents) {
    return model.score_pairs(std::vector(documents.size(), query), documents);
}
// <<<

int main(int argc, char **argv) try {
    if (argc < 4) {
        std::fprintf(stderr, "usage: rerank MODEL QUERY DOCUMENT...\n");
        return 2;
    }
    const std::vector<std::string_view> documents(argv + 3, argv + argc);
    const std::vector<float> scores = score(glyxel::Model::load(argv[1]), argv[2], documents);
    for (std::size_t i = 0; i < documents.size(); i++)
        std::printf("%.3f  %s\n", scores[i], documents[i].data());
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
