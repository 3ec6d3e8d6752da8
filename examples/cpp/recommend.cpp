// Recommends sentences to somebody who liked two of them.
//
//   recommend MODEL      a checkpoint folder or a bundle
#include <cstdio>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

static const std::vector<std::string_view> sentences{
    "A ferry takes you to the island in the morning.",
    "How to bake a crisp loaf of rye bread.",
    "Interest rates and what they mean for a mortgage.",
    "Sailing along the coast in a small boat.",
    "Pancakes with apples, as grandmother made them.",
    "A harbour guide for sailors on their first trip.",
    "Why cats sleep in the warmest place of the house.",
};

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::fprintf(stderr, "usage: recommend MODEL\n");
        return 2;
    }
    const glyxel::Model model = glyxel::Model::load(argv[1]);
    const std::vector<float> vectors = model.embed_texts(sentences);
    // >>> recommend
    const std::vector<std::uint64_t> liked{0, 3}, seen{2};
    const glyxel::Neighbours found = glyxel::recommend(vectors, model.dim(), liked, seen, 2);
    for (std::size_t i = 0; i < 2; i++)
        std::printf("%.3f  %s\n", found.score[i], sentences[found.index[i]].data());
    // <<<
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
