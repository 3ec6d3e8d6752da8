// Finds the sentences that answer a query best.
//
//   search MODEL QUERY      a checkpoint folder or a bundle
#include <cstdio>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

static const std::vector<std::string_view> sentences{
    "The ferry to the island leaves at half past seven.",
    "A good pancake batter should rest for half an hour.",
    "The central bank raised interest rates again on Thursday.",
    "Our cat sleeps on the warm lid of the laundry basket.",
    "Mortgages have become more expensive this year.",
    "The last train back leaves the coast shortly before midnight.",
};

int main(int argc, char **argv) try {
    if (argc != 3) {
        std::fprintf(stderr, "usage: search MODEL QUERY\n");
        return 2;
    }
    const glyxel::Model model = glyxel::Model::load(argv[1]);
    // >>> search
    const std::vector<float> corpus = model.embed_texts(sentences);
    const std::vector<float> query = model.embed_text(argv[2]);
    const glyxel::Neighbours nearest = glyxel::top_k(query, corpus, model.dim(), 3);
    for (std::size_t i = 0; i < 3; i++)
        std::printf("%.3f  %s\n", nearest.score[i], sentences[nearest.index[i]].data());
    // <<<
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
