// Says how well labels fit a picture, with a model of texts and pictures.
//
//   zero_shot_images MODEL PICTURE LABEL...      a checkpoint folder or a bundle of CLIP or SigLIP; a file
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

// >>> zero_shot_images
// How well each label fits the picture; file holds the bytes of a JPEG, PNG ... With CLIP the scores sum to 1.
static std::vector<float> fit(const glyxel::Model &model, const std::string &file, const std::vector<std::string_view> &labels) {
    return model.zero_shot_images({glyxel::Image::encoded(file.data(), file.size())}, labels);
}
// <<<

int main(int argc, char **argv) try {
    if (argc < 4) {
        std::fprintf(stderr, "usage: zero_shot_images MODEL PICTURE LABEL...\n");
        return 2;
    }
    std::ifstream file(argv[2], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::vector<std::string_view> labels(argv + 3, argv + argc);
    const std::vector<float> scores = fit(glyxel::Model::load(argv[1]), bytes, labels);
    for (std::size_t i = 0; i < labels.size(); i++)
        std::printf("%.3f  %s\n", scores[i], labels[i].data());
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
