// Without exceptions: what fails is in what is returned.
#include "check.hpp"

#ifndef GLYXEL_NO_EXCEPTIONS
#error "this is a test of the mode without exceptions"
#endif

TEST(without_exceptions) {
    const auto none = glyxel::Model::load("/nowhere/at all");
    CHECK(!none && none.error().status() == glyxel::Status::not_found);
    CHECK(std::string_view(none.error().message()).find("/nowhere/at all") != std::string_view::npos);

    glyxel::Options options;
    const auto refused = options.set("presicion", "bf16");
    CHECK(!refused && refused.error().status() == glyxel::Status::invalid_argument);
    CHECK(static_cast<bool>(options.set("precision", "f32")));

    auto loaded = glyxel::Model::load(check::root + "tests/fixtures/bert/st_mean", options);
    CHECK(static_cast<bool>(loaded));
    const glyxel::Model model = *std::move(loaded);
    const auto vectors = model.embed_texts({"one", "two"});
    CHECK(vectors && vectors->size() == 2 * model.dim());
    std::vector<float> out(model.dim());
    CHECK(!model.embed_texts({"one", "two"}, out));
    CHECK(static_cast<bool>(model.embed_texts({"one"}, out)));

    const auto tokens = model.embed_tokens({"one", ""});
    CHECK(tokens && tokens->size() == 2 && tokens->at(0, 0) && tokens->at(0, 0)->vector.size() == tokens->dim());
    CHECK(!tokens->at(1, 1000) && tokens->at(2, 0).error().status() == glyxel::Status::invalid_argument);
    glyxel::TokenOptions nowhere;
    nowhere.layer = 1000;
    CHECK(model.embed_tokens({"one"}, nowhere).error().status() == glyxel::Status::invalid_argument);
    const auto best = glyxel::max_sim(*tokens, *tokens, tokens->dim(), 1);
    CHECK(best && best->index == std::vector<std::uint64_t>({0, 1}));
    CHECK(!glyxel::max_sim(*tokens, *tokens, tokens->dim(), 3));

    const auto found = glyxel::top_k(*vectors, *vectors, model.dim(), 1);
    CHECK(found && found->index == std::vector<std::uint64_t>({0, 1}));
    CHECK(!glyxel::top_k({1, 2, 3}, {1, 2}, 2, 1));
    const auto centroids = glyxel::Centroids::create(2, 2);
    CHECK(centroids && centroids->add({1, 0}, {0}) && centroids->classify({1, 0})->label[0] == 0);
    CHECK(!centroids->add({1, 0}, {7}));
    const auto control = glyxel::Control::create();
    control->cancel();
    CHECK(model.embed_text("x", {}, &*control).error().status() == glyxel::Status::cancelled);
    CHECK(!glyxel::duplicates({1, 2, 3}, 2, 0.9f));
    CHECK(!model.classify_texts({"x"}));
    CHECK(static_cast<bool>(glyxel::set_log(nullptr)));
}
