// Embeds some sentences, prints how similar each is to each, and finds the one nearest to a query.
//
//   similarity [MODEL]      a checkpoint folder or a bundle; all-MiniLM-L6-v2 as `make` fetched it, if left out
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

static const std::vector<std::string_view> sentences{
    "The ferry to the island leaves at half past seven.",
    "When does the boat go out in the morning?",
    "Whisk the eggs with sugar until the foam is pale.",
    "A good pancake batter should rest for half an hour.",
    "The central bank raised interest rates again on Thursday.",
    "Mortgages have become more expensive this year.",
    "Our cat sleeps on the warm lid of the laundry basket.",
    "The kitten curled up beside the radiator.",
};

static const char query[] = "How do I cook breakfast for my children?";

int main(int argc, char **argv) try {
    const char *source = argc > 1 ? argv[1] : "target/models/all-MiniLM-L6-v2";
    std::printf("glyxel %s\nloading %s (the first time, it is converted)\n", glyxel::version().data(), source);
    std::fflush(stdout);
    const glyxel::Model model = glyxel::Model::load(source);
    const std::size_t dim = model.dim();

    // >>> embed
    // Unit vectors are asked for, whatever the model says: of these the cosine is the dot product.
    std::vector<std::string_view> texts = sentences;
    texts.push_back(query);
    const std::vector<float> vectors = model.embed_texts(texts, {glyxel::Normalize::yes});
    // <<<
    std::printf("%zu texts, %zu numbers each\n\n", texts.size(), dim);
    const auto similarity = [&](std::size_t i, std::size_t j) {
        const float *a = &vectors[i * dim];
        return std::inner_product(a, a + dim, &vectors[j * dim], 0.0f);
    };

    const std::size_t count = sentences.size();
    for (std::size_t i = 0; i < count; i++)
        std::printf("%6zu", i + 1);
    std::printf("\n");
    for (std::size_t i = 0; i < count; i++) {
        for (std::size_t j = 0; j < count; j++)
            std::printf("%6.2f", similarity(i, j));
        std::printf("   %zu  %s\n", i + 1, sentences[i].data());
    }

    std::size_t nearest = 0;
    for (std::size_t i = 1; i < count; i++)
        if (similarity(count, i) > similarity(count, nearest))
            nearest = i;
    std::printf("\n%s\n  is nearest to: %s (%.2f)\n", query, sentences[nearest].data(), similarity(count, nearest));
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
