/// What is done with vectors once they are there; no model is needed for it.
///
/// Vectors are rows of `dim` floats, one after the other, whoever made them. A span of them that does not end with a row, and
/// memory for results that is too small, give Status::invalid_argument, and so does a vector with a NaN or an infinity.
#ifndef GLYXEL_SIMILARITY_HPP
#define GLYXEL_SIMILARITY_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "glyxel/library.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// What nearness is. Of cosines and dot products the largest is nearest, of Euclidean distances the smallest.
enum class Metric : std::int32_t {
    cosine = GLYXEL_COSINE,
    dot = GLYXEL_DOT,
    euclidean = GLYXEL_EUCLIDEAN,
};

/// What was found: for each query a row of places in the corpus, counted from 0, the nearest first, and a row of their scores.
struct Neighbours {
    std::vector<std::uint64_t> index;
    std::vector<float> score;
};

namespace detail {

/// How many rows there are. Of a width of 0 it is the library that complains.
inline std::size_t rows(std::size_t values, std::size_t width) noexcept { return width ? values / width : 0; }

/// What is wrong with values that should be rows; empty: nothing.
inline std::string uneven(const char *what, std::size_t values, std::size_t width) {
    if (width == 0 || values % width == 0)
        return {};
    return std::string(what) + " has " + std::to_string(values) + " values, which is no multiple of " + std::to_string(width) + ": give whole rows. ";
}

/// What is wrong with the room for k results of each of n; empty: nothing. Of a k larger than the corpus it is the library that
/// complains.
inline std::string scarce(span<const std::uint64_t> index, span<const float> score, std::size_t n, std::size_t k, std::size_t corpus) {
    if (n == 0 || k > corpus || (index.size() / n >= k && score.size() / n >= k))
        return {};
    return "index and score have room for " + std::to_string(index.size()) + " and " + std::to_string(score.size()) +
           " results, and it takes " + std::to_string(n) + " × " + std::to_string(k) + ". ";
}

inline Neighbours room(std::size_t n, std::size_t k, std::size_t corpus) {
    const std::size_t results = k <= corpus ? n * k : 0;
    return {std::vector<std::uint64_t>(results), std::vector<float>(results)};
}

} // namespace detail

/// Finds the k vectors of a corpus that are nearest to each query, exactly. Of equal scores the lower place comes first.
/// index, score: get a row of k values a query. k: at most as many as the corpus has.
inline Result<void> top_k(span<const float> queries, span<const float> corpus, std::size_t dim, std::size_t k, span<std::uint64_t> index,
                          span<float> score, Metric metric = Metric::cosine, const Control *control = nullptr) {
    const std::size_t nq = detail::rows(queries.size(), dim), nc = detail::rows(corpus.size(), dim);
    const std::string wrong = detail::uneven("queries", queries.size(), dim) + detail::uneven("corpus", corpus.size(), dim) +
                              detail::scarce(index, score, nq, k, nc);
    if (!wrong.empty())
        return detail::invalid<void>(wrong);
    return detail::call(glyxel_top_k, queries.data(), nq, corpus.data(), nc, dim, static_cast<std::int32_t>(metric), k, detail::handle(control),
                        index.data(), score.data())
        .give();
}

inline Result<Neighbours> top_k(span<const float> queries, span<const float> corpus, std::size_t dim, std::size_t k,
                                Metric metric = Metric::cosine, const Control *control = nullptr) {
    return detail::filled(detail::room(detail::rows(queries.size(), dim), k, detail::rows(corpus.size(), dim)), [&](Neighbours &out) {
        return top_k(queries, corpus, dim, k, out.index, out.score, metric, control);
    });
}

/// Recommends the k items that are nearest to the mean of those that somebody liked, without these and without those seen.
/// liked, seen: places of items, counted from 0. index, score: get k values, the best first.
inline Result<void> recommend(span<const float> items, std::size_t dim, span<const std::uint64_t> liked, span<const std::uint64_t> seen,
                              std::size_t k, span<std::uint64_t> index, span<float> score, Metric metric = Metric::cosine,
                              const Control *control = nullptr) {
    const std::size_t n = detail::rows(items.size(), dim);
    const std::string wrong = detail::uneven("items", items.size(), dim) + detail::scarce(index, score, 1, k, n);
    if (!wrong.empty())
        return detail::invalid<void>(wrong);
    return detail::call(glyxel_recommend, items.data(), n, dim, liked.data(), liked.size(), seen.data(), seen.size(),
                        static_cast<std::int32_t>(metric), k, detail::handle(control), index.data(), score.data())
        .give();
}

inline Result<Neighbours> recommend(span<const float> items, std::size_t dim, span<const std::uint64_t> liked, span<const std::uint64_t> seen,
                                    std::size_t k, Metric metric = Metric::cosine, const Control *control = nullptr) {
    return detail::filled(detail::room(1, k, detail::rows(items.size(), dim)), [&](Neighbours &out) {
        return recommend(items, dim, liked, seen, k, out.index, out.score, metric, control);
    });
}

/// Two vectors that are near each other: their places, first < second, and their cosine.
struct Pair {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    float score = 0;
};

/// Pairs of near vectors in descending order of score: `for (auto [first, second, score] : pairs)`.
class Pairs {
public:
    /// Takes over a handle of the C interface.
    explicit Pairs(glyxel_pairs *handle) noexcept : handle_(handle) {}

    /// The handle, which stays this object's.
    glyxel_pairs *get() const noexcept { return handle_.get(); }

    std::size_t size() const noexcept { return glyxel_pairs_count(get()); }

    /// The pair of a rank below size(), counted from 0; an empty one beyond.
    Pair operator[](std::size_t rank) const noexcept {
        Pair found;
        glyxel_pairs_get(get(), rank, &found.first, &found.second, &found.score);
        return found;
    }

    /// One pair. Status::invalid_argument if there is no such rank.
    Result<Pair> at(std::size_t rank) const {
        Pair found;
        const glyxel_status status = glyxel_pairs_get(get(), rank, &found.first, &found.second, &found.score);
        if (status != GLYXEL_OK)
            return detail::fail<Pair>(Error(static_cast<Status>(status), "there is no pair of this rank: look at size() first"));
        return found;
    }

    detail::Iterator<Pairs> begin() const noexcept { return {this, 0}; }
    detail::Iterator<Pairs> end() const noexcept { return {this, size()}; }

private:
    std::unique_ptr<glyxel_pairs, detail::Free> handle_;
};

/// Finds duplicates: all pairs of vectors whose cosine is at least threshold, the best max_pairs of them (0: 500,000).
inline Result<Pairs> duplicates(span<const float> vectors, std::size_t dim, float threshold, std::size_t max_pairs = 0,
                                const Control *control = nullptr) {
    const std::string wrong = detail::uneven("vectors", vectors.size(), dim);
    if (!wrong.empty())
        return detail::invalid<Pairs>(wrong);
    glyxel_pairs *made = nullptr;
    const auto outcome = detail::call(glyxel_duplicates, vectors.data(), detail::rows(vectors.size(), dim), dim, threshold, max_pairs,
                                      detail::handle(control), &made);
    return outcome.give(Pairs(made));
}

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
