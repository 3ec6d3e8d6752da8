#include <cstdio>
#include <numeric>

#include "glyxel.hpp"

int main() try {
    const glyxel::Model model = glyxel::Model::load("target/models/all-MiniLM-L6-v2");
    const std::vector<float> v = model.embed_texts({"A kitten naps by the stove.", "The cat is asleep in the kitchen."});
    std::printf("%.3f\n", std::inner_product(&v[0], &v[model.dim()], &v[model.dim()], 0.0f));
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "%s\n", error.message());
    return 1;
}
