// What models do. The numbers are those of the C functions, bit for bit; whether they are right is tested in tests/*.rs.
#include "check.hpp"

using glyxel::Activation;
using glyxel::EmbedOptions;
using glyxel::Image;
using glyxel::Model;
using glyxel::Normalize;
using glyxel::TaskOptions;

static Model load(const std::string &path) { return Model::load(check::root + path); }
static Model minilm() { return load("target/models/all-MiniLM-L6-v2"); }

TEST(sentences_of_like_meaning_are_near) {
    const Model model = minilm();
    CHECK(model.dim() == 384);
    const auto v = model.embed_texts({"A kitten naps by the stove.", "The cat is asleep in the kitchen.", "The bank raised interest rates."});
    CHECK(v.size() == 3 * 384);
    CHECK(std::fabs(check::dot(&v[0], &v[384], 384) - 0.582f) < 0.001f);  // as in the README
    CHECK(check::dot(&v[0], &v[768], 384) < 0.2f);
}

TEST(embedding_is_what_the_c_function_gives) {
    const Model model = minilm();
    const glyxel_str texts[2] = {glyxel_cstr("one text"), glyxel_cstr("and another, somewhat longer")};
    glyxel_embed_options c = {};
    c.struct_size = sizeof c;
    c.normalize = 2;
    c.dim = 100;
    c.prompt = glyxel_cstr("query: ");
    std::vector<float> wanted(200);
    CHECK(glyxel_embed_texts(model.get(), texts, 2, &c, nullptr, wanted.data(), wanted.size(), nullptr) == GLYXEL_OK);

    const EmbedOptions options = {Normalize::no, 100, "query: "};
    const std::vector<std::string> strings{"one text", "and another, somewhat longer"};
    CHECK(check::same(model.embed_texts(strings, options), wanted));
    CHECK(check::same(model.embed_texts(texts, options), wanted));
    CHECK(check::same(model.embed_texts({"one text", "and another, somewhat longer"}, options), wanted));
    float in_place[200];
    model.embed_texts(strings, in_place, options);
    CHECK(check::same(glyxel::span<float>(in_place), wanted));
    CHECK(model.embed_text("one text", options).size() == 100);
    CHECK(model.embed_texts({}).empty());
}

TEST(what_cannot_be_embedded) {
    const Model model = minilm();
    std::vector<float> out(384, 7);
    REFUSED(invalid_argument, model.embed_texts({"two", "texts"}, out));
    CHECK(out == std::vector<float>(384, 7));
    REFUSED(invalid_argument, model.embed_text("x", {Normalize::as_model, 4000000000u, ""}));
    REFUSED(invalid_argument, model.embed_text("x", {Normalize::as_model, 0, "@nobody"}));
    CHECK(REFUSED(invalid_argument, model.embed_texts({"fine", "\xff"})).find("UTF-8") != std::string::npos);
    CHECK(REFUSED(unsupported, model.classify_texts({"x"})).find("embed_texts") != std::string::npos);
}

TEST(tokens_are_counted) {
    const Model model = minilm();
    const std::vector<std::size_t> counts = model.count_tokens({"", "one two three"});
    CHECK(counts == std::vector<std::size_t>({2, 5}));
    std::size_t in_place[2] = {};
    model.count_tokens({"", "one two three"}, in_place);
    CHECK(in_place[1] == 5);
    REFUSED(invalid_argument, model.count_tokens({"", "", ""}, in_place));
}

TEST(classes_of_texts) {
    const Model model = load("tests/fixtures/heads/bert");
    const glyxel::Predictions all = model.classify_texts({"The film was good.", "why?"});
    CHECK(all[0].size() == 3 && all[1].size() == 3 && all[2].size() == 0);
    float sum = 0, last = 1;
    for (auto [label, index, score] : all[0]) {
        CHECK(label == "contradiction" || label == "neutral" || label == "entailment");
        CHECK(index >= 0 && index < 3 && score <= last);
        sum += last = score;
    }
    CHECK(std::fabs(sum - 1) < 1e-5f);
    CHECK(all.at(1, 0).label == all[1][0].label && all.at(1, 2).score == all[1][2].score);
    CHECK(all[0][3].label.empty());
    REFUSED(invalid_argument, all.at(0, 3));
    REFUSED(invalid_argument, all.at(2, 0));

    const glyxel::Predictions best = model.classify_texts({"The film was good."}, {Activation::none, 1, ""});
    CHECK(best[0].size() == 1 && best[0][0].index == all[0][0].index && best[0][0].score != all[0][0].score);
}

TEST(scores_of_pairs) {
    const Model model = load("tests/fixtures/heads/bert_cross_encoder");
    const std::vector<std::string> a{"the film", "the river"}, b{"it was good", "it is long"};
    const std::vector<float> scores = model.score_pairs(a, b);
    CHECK(scores.size() == 2 && scores[0] != scores[1]);
    std::vector<float> in_place(2);
    model.score_pairs(a, b, in_place);
    CHECK(check::same(scores, in_place));
    const std::vector<float> sure = model.score_pairs(a, b, {Activation::sigmoid, 0, ""});
    CHECK(sure[0] > 0 && sure[0] < 1 && !check::same(sure, scores));
    REFUSED(invalid_argument, model.score_pairs(a, {"only one"}));
    REFUSED(invalid_argument, model.score_pairs(a, {"only one"}, in_place));
    REFUSED(invalid_argument, model.score_pairs(a, b, glyxel::span<float>(in_place.data(), 1)));
}

TEST(labels_of_ones_own_for_texts) {
    const Model model = load("tests/fixtures/heads/bert");
    const std::vector<float> scores = model.zero_shot_texts({"The film was good.", "why?"}, {"film", "river", "story"});
    CHECK(scores.size() == 6);
    CHECK(std::fabs(scores[3] + scores[4] + scores[5] - 1) < 1e-5f);
    std::vector<float> in_place(6);
    model.zero_shot_texts({"The film was good.", "why?"}, {"film", "river", "story"}, in_place);
    CHECK(check::same(scores, in_place));
    CHECK(!check::same(model.zero_shot_texts({"The film was good.", "why?"}, {"film", "river", "story"}, {Activation::as_model, 0, "the {}?"}), scores));
    REFUSED(invalid_argument, model.zero_shot_texts({"x"}, {"y"}, {Activation::as_model, 0, "no place for it"}));
    glyxel::TaskOptions both;
    both.label_templates = {"This example is {}.", "the {}?"};
    const std::vector<float> first = model.zero_shot_texts({"why?"}, {"film"});
    const std::vector<float> second = model.zero_shot_texts({"why?"}, {"film"}, {Activation::as_model, 0, "the {}?"});
    CHECK(std::fabs(model.zero_shot_texts({"why?"}, {"film"}, both)[0] - (first[0] + second[0]) / 2) < 1e-6f);
    both.label_template = "the {}?";
    REFUSED(invalid_argument, model.zero_shot_texts({"x"}, {"y"}, both));
}

TEST(what_is_on_a_photo) {
    const Model model = load("target/models/tf_efficientnet_lite0");
    const std::vector<std::uint8_t> photo = check::file("target/data/cats/n02123045_281_tabby_cat.jpg");
    const glyxel::Predictions seen = model.classify_images({Image::encoded(photo)}, {Activation::as_model, 3, ""});
    CHECK(seen[0].size() == 3);
    CHECK(seen[0][0].label.find("tabby") != std::string_view::npos);
    CHECK(seen[0][0].score > seen[0][1].score);
    CHECK(REFUSED(invalid_argument, model.classify_images({Image::encoded(photo), Image::encoded("no picture", 10)})).find("images[1]") != std::string::npos);
}

TEST(pixels_however_they_lie) {
    const Model model = load("tests/fixtures/images/clip");
    std::vector<std::uint8_t> rgb(40 * 30 * 3), bgra(40 * 30 * 4 + 30 * 8);
    for (std::size_t y = 0; y < 30; y++)
        for (std::size_t x = 0; x < 40; x++)
            for (std::size_t c = 0; c < 3; c++) {
                const std::uint8_t value = static_cast<std::uint8_t>(x * 6 + y * 3 + c * 50);
                rgb[(y * 40 + x) * 3 + c] = value;
                bgra[(29 - y) * (40 * 4 + 8) + x * 4 + (2 - c)] = value;
            }
    const std::vector<Image> images{
        Image::pixels(glyxel::PixelFormat::rgb, 40, 30, rgb),
        Image::pixels(glyxel::PixelFormat::bgra, 40, 30, bgra, 40 * 4 + 8, true),
    };
    const std::vector<float> vectors = model.embed_images(images);
    CHECK(vectors.size() == 2 * model.dim());
    // One at a time: of a batch, rows that are alike may differ in their last bits.
    CHECK(check::same(model.embed_images({images[0]}), model.embed_images({images[1]})));
    std::vector<float> in_place(vectors.size());
    model.embed_images(images, in_place);
    CHECK(check::same(vectors, in_place));
    const float length = check::dot(vectors.data(), vectors.data(), model.dim());
    CHECK(std::fabs(length - 1) > 1e-3f);
    const std::vector<float> unit = model.embed_images(images, {Normalize::yes, 0, ""});
    CHECK(std::fabs(check::dot(unit.data(), unit.data(), model.dim()) - 1) < 1e-5f);
}

TEST(labels_of_ones_own_for_pictures) {
    const Model model = load("tests/fixtures/images/clip");
    const std::vector<std::uint8_t> first = check::file("tests/fixtures/images/pictures/0.png");
    const std::vector<std::uint8_t> second = check::file("tests/fixtures/images/pictures/1.png");
    const std::vector<Image> images{Image::encoded(first), Image::encoded(second)};
    const std::vector<float> scores = model.zero_shot_images(images, {"a cat", "a dog", "a river"});
    CHECK(scores.size() == 6);
    CHECK(std::fabs(scores[0] + scores[1] + scores[2] - 1) < 1e-5f);
    std::vector<float> in_place(6);
    model.zero_shot_images(images, {"a cat", "a dog", "a river"}, in_place);
    CHECK(check::same(scores, in_place));
    REFUSED(invalid_argument, model.zero_shot_images(images, {"a", "b", "c"}, glyxel::span<float>(in_place.data(), 5)));
}
