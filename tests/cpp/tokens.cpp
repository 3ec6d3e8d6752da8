// Vectors of tokens, and texts compared by them. The numbers are those of the C functions, bit for bit.
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "check.hpp"

using glyxel::Control;
using glyxel::Metric;
using glyxel::Model;
using glyxel::Normalize;
using glyxel::Role;
using glyxel::TokenOptions;
using glyxel::Tokens;
using glyxel::TokenVectors;

static const std::vector<std::string> three{"Caf\xc3\xa9s open at 7.", "", "The ferry leaves"};

static Model load(const std::string &path) { return Model::load(check::root + path); }
static Model minilm() { return load("target/models/all-MiniLM-L6-v2"); }

static TokenOptions of_layer(std::int32_t layer) {
    TokenOptions options;
    options.layer = layer;
    return options;
}

static TokenOptions as(Role role) {
    TokenOptions options;
    options.role = role;
    return options;
}

TEST(tokens_and_where_they_are) {
    const Tokens tokens = minilm().embed_tokens(three);
    CHECK(tokens.size() == 3 && tokens.dim() == 384);
    std::string pieces, places;
    for (auto [id, piece, begin, end, vector] : tokens[0]) {
        CHECK(vector.size() == 384);
        pieces += std::string(piece) + " ";
        places += "|" + three[0].substr(begin, end - begin);
    }
    CHECK(pieces == "[CLS] cafes open at 7 . [SEP] ");
    CHECK(places == "||Caf\xc3\xa9s|open|at|7|.|");
    CHECK(tokens[0][0].id == 101 && tokens.at(0, 6).id == 102);
    CHECK(tokens[1].size() == 2 && tokens[2].size() == 5 && tokens[3].size() == 0);
    CHECK(tokens[0][7].piece.empty() && tokens[0][7].vector.empty() && tokens[3][0].vector.empty());
    REFUSED(invalid_argument, tokens.at(0, 7));
    REFUSED(invalid_argument, tokens.at(3, 0));
}

TEST(vectors_of_tokens_are_those_of_c) {
    const Model model = minilm();
    const std::vector<glyxel_str> strings{{three[0].data(), three[0].size()}, {three[1].data(), three[1].size()}, {three[2].data(), three[2].size()}};
    glyxel_token_options c = {};
    c.struct_size = sizeof c;
    c.layer = -2;
    c.normalize = 1;
    c.prompt = glyxel_cstr("query: ");
    glyxel_tokens *made = nullptr;
    CHECK(glyxel_embed_tokens(model.get(), strings.data(), strings.size(), &c, nullptr, &made, nullptr) == GLYXEL_OK);
    const Tokens wanted(made, strings.size());
    TokenOptions options;
    options.layer = -2;
    options.normalize = Normalize::yes;
    options.prompt = "query: ";
    const Tokens got = model.embed_tokens(three, options);
    CHECK(check::same(got.vectors(), wanted.vectors()) && check::same(got.counts(), wanted.counts()));
    CHECK(got.counts()[1] == model.count_tokens({"query: "})[0]);
    CHECK(!check::same(got.vectors(), model.embed_tokens(three, of_layer(-2)).vectors()));
    CHECK(std::fabs(check::dot(got[2][0].vector.data(), got[2][0].vector.data(), got.dim()) - 1) < 1e-5f);
}

// Every way to a vector leads to the same memory.
TEST(vectors_of_tokens_are_views) {
    const Tokens tokens = minilm().embed_tokens(three);
    const float *vectors = nullptr;
    const std::size_t *counts = nullptr;
    CHECK(glyxel_tokens_vectors(tokens.get(), &vectors, &counts) == GLYXEL_OK);
    CHECK(tokens.vectors().data() == vectors && tokens.counts().data() == counts);
    const TokenVectors both = tokens;
    CHECK(both.vectors.data() == vectors && both.counts.data() == counts && both.counts.size() == 3);
    std::size_t item = 0;
    const float *next = vectors;
    for (const Tokens::Item &text : tokens) {
        CHECK(text.size() == counts[item] && text.size() == tokens.counts()[item]);
        CHECK(text.vectors().data() == next && text.vectors().size() == text.size() * tokens.dim());
        for (const glyxel::Token &token : text) {
            CHECK(token.vector.data() == next);
            next += tokens.dim();
        }
        item++;
    }
    CHECK(item == 3 && next == vectors + tokens.vectors().size());
}

TEST(the_mean_of_the_tokens_is_the_embedding) {
    const Model model = minilm();
    glyxel::EmbedOptions raw;
    raw.normalize = Normalize::no;
    const std::vector<float> wanted = model.embed_text(three[0], raw);
    const Tokens tokens = model.embed_tokens({three[0]});
    for (std::size_t i = 0; i < wanted.size(); i++) {
        float sum = 0;
        for (const glyxel::Token &token : tokens[0])
            sum += token.vector[i];
        CHECK(std::fabs(sum / static_cast<float>(tokens[0].size()) - wanted[i]) < 1e-5f);
    }
}

TEST(layers) {
    const Model model = minilm();
    const Tokens last = model.embed_tokens(three);
    CHECK(check::same(model.embed_tokens(three, of_layer(6)).vectors(), model.embed_tokens(three, of_layer(-1)).vectors()));
    CHECK(check::same(model.embed_tokens(three, of_layer(-1)).vectors(), last.vectors()));
    CHECK(check::same(model.embed_tokens(three, of_layer(1)).vectors(), model.embed_tokens(three, of_layer(-6)).vectors()));
    // Without context the same token at the same place has the same vector.
    const Tokens embeddings = model.embed_tokens({"a cat", "a dog"}, of_layer(-7));
    CHECK(check::same(embeddings[0][1].vector, embeddings[1][1].vector) && !check::same(embeddings[0][2].vector, embeddings[1][2].vector));
    for (std::int32_t layer : {7, -8, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()})
        CHECK(REFUSED(invalid_argument, model.embed_tokens(three, of_layer(layer))).find("layer") != std::string::npos);
}

TEST(queries_and_documents) {
    const Model model = load("tests/fixtures/tokens/pylate");
    const std::vector<std::string> one{"the film was good."};
    const Tokens query = model.embed_tokens(one, as(Role::query)), document = model.embed_tokens(one, as(Role::document));
    CHECK(query[0].size() == 14 && query[0][6].piece == "." && query[0][13].piece == "[MASK]" && query[0][13].end == 0);
    CHECK(document[0].size() == 7 && document[0][5].piece == "good" && document[0][5].begin == 13 && document[0][6].piece == "[SEP]");
    CHECK(model.embed_tokens(one)[0].size() == 7 && model.embed_tokens(one)[0][5].piece == ".");
    for (const glyxel::Token &token : query[0])
        CHECK(std::fabs(check::dot(token.vector.data(), token.vector.data(), query.dim()) - 1) < 1e-5f);
    const float score = glyxel::max_sim(query, document, query.dim(), 1, Metric::dot).score[0];
    CHECK(score > 0 && score <= 14);
    // Hidden states are not projected.
    CHECK(model.embed_tokens(one, of_layer(-1)).dim() != query.dim());
}

TEST(tokens_of_no_texts) {
    const Tokens none = minilm().embed_tokens({});
    CHECK(none.size() == 0 && none.vectors().empty() && none.counts().empty() && none[0].size() == 0);
    CHECK(none.begin() == none.end());
    REFUSED(invalid_argument, none.at(0, 0));
}

TEST(what_has_no_tokens) {
    const Model model = minilm();
    CHECK(REFUSED(invalid_argument, model.embed_tokens({"fine", "\xff"})).find("UTF-8") != std::string::npos);
    REFUSED(invalid_argument, model.embed_tokens(three, as(static_cast<Role>(9))));
    REFUSED(unsupported, model.embed_tokens(three, as(Role::query)));
    REFUSED(unsupported, model.embed_tokens(three, as(Role::document)));
    REFUSED(unsupported, load("target/models/tf_efficientnet_lite0").embed_tokens(three));
}

TEST(tokens_move_and_are_freed) {
    Tokens tokens(nullptr, 0);
    {
        Model model = load("tests/fixtures/bert/st_mean");
        tokens = model.embed_tokens(three);
        const Model moved = std::move(model);
        REFUSED(invalid_argument, model.embed_tokens(three));
    }
    // They outlive their model, and where their vectors are does not change.
    const glyxel::span<const float> vectors = tokens.vectors();
    const std::vector<float> copied(vectors.begin(), vectors.end());
    const Tokens moved = std::move(tokens);
    CHECK(tokens.get() == nullptr && tokens.size() == 0 && tokens.dim() == 0 && tokens.vectors().empty() && tokens[0].size() == 0);
    REFUSED(invalid_argument, tokens.at(0, 0));
    CHECK(moved.vectors().data() == vectors.data() && check::same(moved.vectors(), copied));
    // The handle of tokens that were freed is an error, never a crash.
    glyxel_tokens *handle = nullptr;
    {
        const Tokens brief = minilm().embed_tokens(three);
        handle = brief.get();
    }
    CHECK(glyxel_tokens_dim(handle) == 0 && glyxel_tokens_count(handle, 0) == 0);
    CHECK(glyxel_tokens_get(handle, 0, 0, nullptr, nullptr, nullptr, nullptr) == GLYXEL_INVALID_HANDLE);
}

TEST(tokens_are_cancelled) {
    const Model model = minilm();
    const Control control = Control::create();
    std::atomic<bool> over = false;
    std::thread other([&] {
        while (!over && control.progress().stage != glyxel::Stage::computing)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        control.cancel();
    });
    const std::vector<std::string> many(20000, "A long story of the river, and of the film in the river, to the end of it.");
    REFUSED(cancelled, model.embed_tokens(many, {}, &control));
    over = true;
    other.join();
    const Control brief = Control::create();
    brief.set_timeout(std::chrono::milliseconds(1));
    REFUSED(timeout, model.embed_tokens(many, {}, &brief));
}

// Two queries, of two vectors and of one; three documents, of one, two and three.
static const std::vector<float> queries{1, 0, 0, 1, 0, 2}, documents{1, 0, 1, 0, 0, 1, 0, -1, -1, 0, 3, 4};
static const std::vector<std::size_t> query_counts{2, 1}, document_counts{1, 2, 3};

TEST(documents_by_their_tokens) {
    const TokenVectors asked = {queries, query_counts}, searched = {documents, document_counts};
    const glyxel::Neighbours found = glyxel::max_sim(asked, searched, 2, 3);
    CHECK(found.index == std::vector<std::uint64_t>({1, 2, 0, 1, 2, 0}));
    CHECK(found.score == std::vector<float>({2, 1.4f, 1, 1, 0.8f, 0}));
    const glyxel::Neighbours products = glyxel::max_sim(asked, searched, 2, 2, Metric::dot);
    CHECK(products.index == std::vector<std::uint64_t>({2, 1, 2, 1}) && products.score == std::vector<float>({7, 2, 8, 2}));
    std::uint64_t index[6];
    float score[6];
    glyxel::max_sim(asked, searched, 2, 3, index, score);
    CHECK(check::same(glyxel::span<std::uint64_t>(index), found.index) && check::same(glyxel::span<float>(score), found.score));
    glyxel::max_sim({queries, {2, 1}}, {documents, {1, 2, 3}}, 2, 2, index, score, Metric::dot);
    CHECK(index[0] == 2 && score[2] == 8);

    // A query without vectors scores 0, and equal scores are in the documents' order.
    const glyxel::Neighbours nothing = glyxel::max_sim({{}, {0}}, searched, 2, 2);
    CHECK(nothing.index == std::vector<std::uint64_t>({0, 1}) && nothing.score == std::vector<float>({0, 0}));
    CHECK(glyxel::max_sim({}, searched, 2, 2).index.empty());
    CHECK(glyxel::max_sim(asked, {}, 2, 0).index.empty());
}

TEST(documents_that_are_none) {
    const TokenVectors asked = {queries, query_counts}, searched = {documents, document_counts};
    std::uint64_t index[6];
    float score[6];
    CHECK(REFUSED(invalid_argument, glyxel::max_sim({{1, 2, 3}, {1}}, searched, 2, 1)).find("queries") != std::string::npos);
    CHECK(REFUSED(invalid_argument, glyxel::max_sim({queries, {2, 2}}, searched, 2, 1)).find("fewer") != std::string::npos);
    CHECK(REFUSED(invalid_argument, glyxel::max_sim(asked, {documents, {1, 2}}, 2, 1)).find("3 too many") != std::string::npos);
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    REFUSED(invalid_argument, glyxel::max_sim(asked, {documents, {most, 7}}, 2, 1));
    CHECK(REFUSED(invalid_argument, glyxel::max_sim(asked, {documents, {6, 0}}, 2, 1)).find("[1]") != std::string::npos);
    REFUSED(invalid_argument, glyxel::max_sim(asked, searched, 2, 4));
    REFUSED(invalid_argument, glyxel::max_sim(asked, searched, 2, most));
    REFUSED(invalid_argument, glyxel::max_sim(asked, searched, 0, 1));
    REFUSED(invalid_argument, glyxel::max_sim(asked, searched, 2, 1, Metric::euclidean));
    REFUSED(invalid_argument, glyxel::max_sim({{1, std::nanf("")}, {1}}, searched, 2, 1));
    CHECK(REFUSED(invalid_argument, glyxel::max_sim(asked, searched, 2, 3, glyxel::span<std::uint64_t>(index, 5), score)).find("room") != std::string::npos);
    const Control control = Control::create();
    control.cancel();
    REFUSED(cancelled, glyxel::max_sim(asked, searched, 2, 3, index, score, Metric::cosine, &control));
}

TEST(texts_by_their_tokens) {
    const Model model = minilm();
    const std::vector<std::string> corpus{"Our cat sleeps on the basket.", "The ferry to the island leaves at half past seven."};
    const Tokens found = model.embed_tokens(corpus), asked = model.embed_tokens({"When does the ferry leave?", "Where is the cat?"});
    const glyxel::Neighbours nearest = glyxel::max_sim(asked, found, found.dim(), 2);
    CHECK(nearest.index == std::vector<std::uint64_t>({1, 0, 0, 1}));
    std::uint64_t index[4];
    float score[4];
    CHECK(glyxel_max_sim(asked.vectors().data(), asked.counts().data(), 2, found.vectors().data(), found.counts().data(), 2, found.dim(), GLYXEL_COSINE, 2,
                         nullptr, index, score, nullptr) == GLYXEL_OK);
    CHECK(check::same(nearest.index, glyxel::span<std::uint64_t>(index)) && check::same(nearest.score, glyxel::span<float>(score)));
}
