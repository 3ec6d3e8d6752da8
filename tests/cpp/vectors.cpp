// What is done with vectors; no model is needed.
#include <limits>

#include "check.hpp"

using glyxel::Codes;
using glyxel::Metric;

// Four vectors of two floats: to the right, up, right and a little up, to the left.
static const std::vector<float> corpus{1, 0, 0, 2, 4, 1, -3, 0};

TEST(the_nearest) {
    const glyxel::Neighbours found = glyxel::top_k({1, 0.1f}, corpus, 2, 2);
    CHECK(found.index == std::vector<std::uint64_t>({0, 2}));
    CHECK(found.score.size() == 2 && found.score[0] > found.score[1]);
    CHECK(glyxel::top_k({1, 0}, corpus, 2, 1, Metric::dot).index[0] == 2);
    const glyxel::Neighbours far = glyxel::top_k({1, 0, -3, 1}, corpus, 2, 4, Metric::euclidean);
    CHECK(far.index[0] == 0 && far.index[4] == 3 && far.score[0] == 0 && far.score[4] == 1);

    std::uint64_t index[2];
    float score[2];
    glyxel::top_k({1, 0.1f}, corpus, 2, 2, index, score);
    CHECK(check::same(glyxel::span<std::uint64_t>(index), found.index) && check::same(glyxel::span<float>(score), found.score));
    CHECK(glyxel::top_k({}, corpus, 2, 2).index.empty());
}

TEST(vectors_that_are_none) {
    std::uint64_t index[3];
    float score[4];
    CHECK(REFUSED(invalid_argument, glyxel::top_k({1, 0, 1}, corpus, 2, 1)).find("queries") != std::string::npos);
    CHECK(REFUSED(invalid_argument, glyxel::top_k({1, 0}, {1, 2, 3}, 2, 1)).find("corpus") != std::string::npos);
    CHECK(REFUSED(invalid_argument, glyxel::top_k({1, 0, 0, 1}, corpus, 2, 2, index, score)).find("room") != std::string::npos);
    REFUSED(invalid_argument, glyxel::top_k({1, 0}, corpus, 2, 5));
    REFUSED(invalid_argument, glyxel::top_k({1, 0}, corpus, 2, std::numeric_limits<std::size_t>::max()));
    REFUSED(invalid_argument, glyxel::top_k({1, 0}, corpus, 0, 1));
    REFUSED(invalid_argument, glyxel::top_k({1, std::nanf("")}, corpus, 2, 1));
    REFUSED(invalid_argument, glyxel::duplicates({1, 2, 3}, 2, 0.9f));
    REFUSED(invalid_argument, glyxel::recommend({1, 2, 3}, 2, {0}, {}, 1));
}

TEST(recommendations) {
    const glyxel::Neighbours all = glyxel::recommend(corpus, 2, {0}, {}, 3);
    CHECK(all.index == std::vector<std::uint64_t>({2, 1, 3}));
    CHECK(glyxel::recommend(corpus, 2, {0}, {2}, 1, Metric::dot).index == std::vector<std::uint64_t>({1}));
    std::uint64_t index[1];
    float score[1];
    glyxel::recommend(corpus, 2, {0}, {2}, 1, index, score);
    CHECK(index[0] == 1);
    REFUSED(invalid_argument, glyxel::recommend(corpus, 2, {0}, {2}, 2, index, score));
    REFUSED(invalid_argument, glyxel::recommend(corpus, 2, {9}, {}, 1));
    REFUSED(invalid_argument, glyxel::recommend(corpus, 2, {0}, {}, 4));
}

TEST(pairs_of_near_vectors) {
    const glyxel::Pairs pairs = glyxel::duplicates({1, 0, 0, 1, 2, 0, 5, 1}, 2, 0.9f);
    CHECK(pairs.size() == 3);
    std::size_t count = 0;
    for (auto [first, second, score] : pairs) {
        CHECK(first < second && score >= 0.9f);
        count++;
    }
    CHECK(count == 3);
    CHECK(pairs[0].first == 0 && pairs[0].second == 2 && pairs[0].score == 1);
    CHECK(pairs.at(2).score == pairs[2].score && pairs[3].score == 0);
    REFUSED(invalid_argument, pairs.at(3));
    CHECK(glyxel::duplicates(corpus, 2, -1, 2).size() == 2);
    CHECK(glyxel::duplicates({}, 2, 0.5f).size() == 0);
}

TEST(labels_from_a_few_examples) {
    const glyxel::Centroids centroids = glyxel::Centroids::create(3, 2);
    REFUSED(invalid_argument, centroids.classify({1, 0}));  // nothing was learned yet
    centroids.add({1, 0, 2, 0.5f, 0, 1}, {0, 0, 1});
    const glyxel::Assigned given = centroids.classify({3, 0, 0, 5, -1, -1}, 0.5f);
    CHECK(given.label == std::vector<std::int32_t>({0, 1, -1}));
    CHECK(given.score[1] == 1 && given.score[2] < 0);
    std::int32_t label[2];
    float score[2];
    centroids.classify({3, 0, 0, 5}, label, score);
    CHECK(label[0] == 0 && label[1] == 1 && score[1] == 1);
    centroids.classify({0, 5, 3, 0}, label, {});
    CHECK(label[0] == 1 && label[1] == 0);

    const glyxel::Centroid right = centroids.centroid(0);
    CHECK(right.examples == 2 && std::fabs(check::dot(right.vector.data(), right.vector.data(), 2) - 1) < 1e-6f);
    float up[2];
    CHECK(centroids.centroid(1, up) == 1 && up[1] == 1);
    CHECK(centroids.centroid(2).examples == 0);

    REFUSED(invalid_argument, centroids.add({1, 0, 1}, {0, 0}));
    REFUSED(invalid_argument, centroids.add({1, 0, 1}, {0}));
    REFUSED(invalid_argument, centroids.add({1, 0}, {3}));
    REFUSED(invalid_argument, centroids.classify({1, 0, 1}));
    REFUSED(invalid_argument, centroids.classify({1, 0, 0, 1, 1, 1}, label, {}));
    REFUSED(invalid_argument, centroids.classify({1, 0, 0, 1}, label, glyxel::span<float>(score, 1)));
    REFUSED(invalid_argument, centroids.centroid(3));
    REFUSED(invalid_argument, glyxel::Centroids::create(0, 2));
    REFUSED(invalid_argument, glyxel::Centroids::create(2, 0));
}

TEST(vectors_in_less_memory) {
    const std::vector<float> ranges = glyxel::quantize_ranges(corpus, 2);
    CHECK(ranges == std::vector<float>({-3, 0, 4, 2}));
    const std::vector<std::uint8_t> codes = glyxel::quantize(corpus, 2, Codes::uint8, ranges);
    CHECK(codes.size() == 8 && codes[4] == 255 && codes[6] == 0);
    CHECK(check::same(glyxel::quantize(corpus, 2, Codes::uint8), codes));
    const std::vector<std::uint8_t> bits = glyxel::quantize(corpus, 2, Codes::ubinary);
    CHECK(bits == std::vector<std::uint8_t>({0x80, 0x40, 0xc0, 0}));
    CHECK(glyxel::bytes_per_vector(Codes::binary, 9) == 2 && glyxel::bytes_per_vector(Codes::int8, 9) == 9);
    std::vector<std::uint8_t> in_place(8);
    glyxel::quantize(corpus, 2, Codes::uint8, in_place, ranges);
    CHECK(check::same(in_place, codes));
    float room[4];
    glyxel::quantize_ranges(corpus, 2, room);
    CHECK(check::same(glyxel::span<float>(room), ranges));

    REFUSED(invalid_argument, glyxel::quantize(corpus, 2, Codes::uint8, in_place, {1, 2, 3}));
    REFUSED(invalid_argument, glyxel::quantize(corpus, 2, Codes::uint8, glyxel::span<std::uint8_t>(in_place.data(), 7)));
    REFUSED(invalid_argument, glyxel::quantize({1, 2, 3}, 2, Codes::uint8));
    REFUSED(invalid_argument, glyxel::quantize_ranges({}, 2));
    REFUSED(invalid_argument, glyxel::quantize_ranges({1, 2, 3}, 2));
}

TEST(the_nearest_in_less_memory) {
    const std::vector<std::uint8_t> bits = glyxel::quantize(corpus, 2, Codes::ubinary);
    const std::vector<std::uint8_t> query = glyxel::quantize({2, 0}, 2, Codes::ubinary);
    const glyxel::Neighbours found = glyxel::top_k_quantized(query, bits, 2, Codes::ubinary, 4);
    CHECK(found.index == std::vector<std::uint64_t>({0, 2, 3, 1}));
    CHECK(found.score == std::vector<float>({0, 1, 1, 2}));
    const std::vector<float> query_floats{2, 1};
    const glyxel::Rescore rescore = {query_floats, 4};
    const glyxel::Neighbours again = glyxel::top_k_quantized(query, bits, 2, Codes::ubinary, 2, rescore);
    CHECK(again.index[0] == 2 && again.score[0] == 3);
    std::uint64_t index[2];
    float score[2];
    glyxel::top_k_quantized(query, bits, 2, Codes::ubinary, 2, index, score, rescore);
    CHECK(index[0] == 2 && score[0] == 3);

    const std::vector<float> wrong{1, 2, 3, 4};
    REFUSED(invalid_argument, glyxel::top_k_quantized(query, bits, 2, Codes::ubinary, 2, {wrong, 0}));
    REFUSED(invalid_argument, glyxel::top_k_quantized(query, bits, 2, Codes::ubinary, 3, index, score));
    REFUSED(invalid_argument, glyxel::top_k_quantized({1, 2, 3}, bits, 2, Codes::uint8, 1));
    REFUSED(invalid_argument, glyxel::top_k_quantized(query, bits, 2, Codes::ubinary, 5));
}
