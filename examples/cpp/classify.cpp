// Says what is on pictures.
//
//   classify MODEL PICTURE...      a checkpoint folder or a bundle with a head for classes; files of any usual format
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "glyxel.hpp"

static std::string read_file(const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw glyxel::Error(glyxel::Status::io, std::string(path) + " cannot be read");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int main(int argc, char **argv) try {
    if (argc < 3) {
        std::fprintf(stderr, "usage: classify MODEL PICTURE...\n");
        return 2;
    }
    std::printf("loading %s (the first time, it is converted)\n", argv[1]);
    std::fflush(stdout);
    const glyxel::Model model = glyxel::Model::load(argv[1]);
    std::vector<std::string> files;
    for (int i = 2; i < argc; i++)
        files.push_back(read_file(argv[i]));

    // >>> classify
    std::vector<glyxel::Image> images;  // views of the files' bytes
    for (const std::string &file : files)
        images.push_back(glyxel::Image::encoded(file.data(), file.size()));
    glyxel::TaskOptions best;
    best.top_k = 3;
    const glyxel::Predictions predictions = model.classify_images(images, best);
    for (std::size_t i = 0; i < images.size(); i++) {
        std::printf("\n%s\n", argv[i + 2]);
        for (auto [label, index, score] : predictions[i])
            std::printf("%6.1f %%  %.*s\n", 100 * score, static_cast<int>(label.size()), label.data());
    }
    // <<<
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
