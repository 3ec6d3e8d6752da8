// The same without exceptions: what fails is in what is returned.
//
//   without_exceptions MODEL      a checkpoint folder or a bundle
#define GLYXEL_NO_EXCEPTIONS
#include <cstdio>

#include "glyxel.hpp"

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    // >>> without_exceptions
    const auto model = glyxel::Model::load(argv[1]);
    if (!model) {
        std::fprintf(stderr, "status %d: %s\n", static_cast<int>(model.error().status()), model.error().message());
        return 1;
    }
    const auto vector = model->embed_text("A kitten naps by the stove.");
    if (vector)
        std::printf("%zu numbers\n", vector->size());
    // <<<
    return vector ? 0 : 1;
}
