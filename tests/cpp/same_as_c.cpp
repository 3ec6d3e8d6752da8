// What C gets for the inputs of tests/fixtures/vectors, to the last bit: target/vectors/expected.txt, which tests/c/vectors.c writes.
#include <cinttypes>
#include <fstream>

#include "check.hpp"

using glyxel::Image;
using glyxel::Model;

static Model load(const std::string &path) { return Model::load(check::root + path); }

static std::vector<std::string> lines(const std::string &path) {
    std::ifstream file(check::root + path);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);)
        all.push_back(line);
    return all;
}

static std::string hex(std::uint32_t bits) {
    char text[16];
    std::snprintf(text, sizeof text, " %08" PRIx32, bits);
    return text;
}

static std::string hex(float value) {
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return hex(bits);
}

// What was got, as lines of that file.
static std::vector<std::string> got;

static void rows(const std::string &name, const std::vector<float> &values, std::size_t n) {
    for (std::size_t row = 0, width = values.size() / n; row < n; row++) {
        got.push_back(name + " " + std::to_string(row));
        for (float value : glyxel::span<const float>(values).subspan(row * width, width))
            got.back() += hex(value);
    }
}

static void classes(const std::string &name, const glyxel::Predictions &predictions, std::size_t n) {
    for (std::size_t item = 0; item < n; item++) {
        got.push_back(name + " " + std::to_string(item));
        for (auto [label, index, score] : predictions[item])
            got.back() += hex(static_cast<std::uint32_t>(index)) + hex(score);
    }
}

// What each token of the texts is, and its vector.
static glyxel::Tokens tokens(const std::string &name, const Model &model, const std::vector<std::string> &texts, glyxel::Role role) {
    glyxel::TokenOptions options;
    options.role = role;
    glyxel::Tokens all = model.embed_tokens(texts, options);
    for (std::size_t item = 0; item < all.size(); item++) {
        got.push_back(name + " " + std::to_string(item));
        for (const glyxel::Token &token : all[item]) {
            for (std::size_t number : {std::size_t{token.id}, token.begin, token.end})
                got.back() += hex(static_cast<std::uint32_t>(number));
            for (float value : token.vector)
                got.back() += hex(value);
        }
    }
    return all;
}

TEST(the_same_bits_as_c) {
    const std::vector<std::string> texts = lines("tests/fixtures/vectors/texts.txt"), labels = lines("tests/fixtures/vectors/labels.txt");
    std::vector<std::vector<std::uint8_t>> files;
    for (const char *path : {"images/pictures/0.png", "images/pictures/1.png", "images/pictures/2.png", "pictures/420.jpg"})
        files.push_back(check::file(std::string("tests/fixtures/") + path));
    std::vector<Image> images;
    for (const auto &file : files)
        images.push_back(Image::encoded(file));
    std::vector<std::uint8_t> pixels(120 * 30);
    for (std::size_t i = 0; i < pixels.size(); i++)
        pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 120);
    images.push_back(Image::pixels(glyxel::PixelFormat::rgb, 40, 30, pixels, 120));
    images.push_back(Image::pixels(glyxel::PixelFormat::gray, 40, 30, pixels, 120, true));

    glyxel::TaskOptions five;
    five.top_k = 5;
    const Model lite0 = load("target/models/tf_efficientnet_lite0"), nli = load("tests/fixtures/heads/bert");
    rows("embed_texts", load("target/models/all-MiniLM-L6-v2").embed_texts(texts), texts.size());
    rows("embed_images", lite0.embed_images(images), images.size());
    classes("classify_images", lite0.classify_images(images, five), images.size());
    classes("classify_texts", nli.classify_texts(texts), texts.size());
    rows("zero_shot_texts", nli.zero_shot_texts(texts, labels), texts.size());
    const std::vector<std::string> first(texts.begin(), texts.end() - 1), second(texts.begin() + 1, texts.end());
    rows("score_pairs", load("tests/fixtures/heads/bert_cross_encoder").score_pairs(first, second), first.size());
    rows("zero_shot_images", load("tests/fixtures/images/clip").zero_shot_images(images, labels), images.size());
    tokens("embed_tokens", nli, texts, glyxel::Role::text);
    const Model colbert = load("tests/fixtures/tokens/pylate");
    const glyxel::Tokens queries = tokens("embed_queries", colbert, texts, glyxel::Role::query);
    const glyxel::Tokens documents = tokens("embed_documents", colbert, texts, glyxel::Role::document);
    constexpr std::size_t best = 3;
    const glyxel::Neighbours found = glyxel::max_sim(queries, documents, queries.dim(), best);
    for (std::size_t item = 0; item < texts.size(); item++) {
        got.push_back("max_sim " + std::to_string(item));
        for (std::size_t rank = item * best; rank < (item + 1) * best; rank++)
            got.back() += hex(static_cast<std::uint32_t>(found.index[rank])) + hex(found.score[rank]);
    }

    const std::vector<std::string> wanted = lines("target/vectors/expected.txt");
    CHECK(wanted.size() > 50);
    CHECK(got.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size() && i < got.size(); i++)
        if (got[i] != wanted[i]) {
            CHECK(got[i] == wanted[i]);
            std::printf("line %zu: %.60s\n     of C: %.60s\n", i + 1, got[i].c_str(), wanted[i].c_str());
        }
}
