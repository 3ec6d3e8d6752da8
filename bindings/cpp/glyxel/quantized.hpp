/// Vectors in a quarter or a 32nd of the memory, and the nearest among them.
#ifndef GLYXEL_QUANTIZED_HPP
#define GLYXEL_QUANTIZED_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "glyxel/similarity.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// What becomes of a float: a byte with its place in its dimension's range, or a bit, whether it is above 0.
enum class Codes : std::int32_t {
    int8 = GLYXEL_INT8,
    uint8 = GLYXEL_UINT8,
    binary = GLYXEL_BINARY,
    ubinary = GLYXEL_UBINARY,
};

/// How many bytes a vector of dim floats becomes.
constexpr std::size_t bytes_per_vector(Codes codes, std::size_t dim) noexcept {
    return codes == Codes::binary || codes == Codes::ubinary ? dim / 8 + (dim % 8 != 0) : dim;
}

/// Finds the ranges that Codes::int8 and Codes::uint8 share out, from vectors like those that will be quantised, at least one.
/// Corpus and queries need the same ranges, so keep them. Gives two rows of dim floats: all smallest values, then all largest.
inline Result<void> quantize_ranges(span<const float> vectors, std::size_t dim, span<float> out, const Control *control = nullptr) {
    const std::string wrong = detail::uneven("vectors", vectors.size(), dim);
    if (!wrong.empty())
        return detail::invalid<void>(wrong);
    return detail::call(glyxel_quantize_ranges, vectors.data(), detail::rows(vectors.size(), dim), dim, detail::handle(control), out.data(), out.size()).give();
}

inline Result<std::vector<float>> quantize_ranges(span<const float> vectors, std::size_t dim, const Control *control = nullptr) {
    return detail::filled(std::vector<float>(vectors.empty() ? 0 : 2 * dim), [&](span<float> out) { return quantize_ranges(vectors, dim, out, control); });
}

/// Quantises vectors, to rows of bytes_per_vector(codes, dim) bytes. ranges: for bytes, as quantize_ranges gives them; empty:
/// those of the vectors themselves, which suit none that are quantised later.
inline Result<void> quantize(span<const float> vectors, std::size_t dim, Codes codes, span<std::uint8_t> out, span<const float> ranges = {},
                             const Control *control = nullptr) {
    std::string wrong = detail::uneven("vectors", vectors.size(), dim);
    if (!ranges.empty() && (ranges.size() % 2 != 0 || ranges.size() / 2 != dim))
        wrong += "ranges has " + std::to_string(ranges.size()) + " values: it is two rows of " + std::to_string(dim) + ". ";
    if (!wrong.empty())
        return detail::invalid<void>(wrong);
    return detail::call(glyxel_quantize, vectors.data(), detail::rows(vectors.size(), dim), dim, static_cast<std::int32_t>(codes),
                        ranges.empty() ? nullptr : ranges.data(), detail::handle(control), out.data(), out.size())
        .give();
}

inline Result<std::vector<std::uint8_t>> quantize(span<const float> vectors, std::size_t dim, Codes codes, span<const float> ranges = {},
                                                  const Control *control = nullptr) {
    return detail::filled(std::vector<std::uint8_t>(detail::rows(vectors.size(), dim) * bytes_per_vector(codes, dim)),
                          [&](span<std::uint8_t> out) { return quantize(vectors, dim, codes, out, ranges, control); });
}

/// Compares the best of quantised vectors again, by the float queries: a row of dim floats for each quantised query.
struct Rescore {
    span<const float> queries;
    /// How many times k are compared again; 0: 2.
    std::uint32_t times = 0;
};

/// Finds the k quantised vectors that are nearest to each quantised query: bytes by their dot product, larger is nearer; bits
/// by how many differ, smaller is nearer. With a rescore the scores are dot products with the float queries.
/// dim: floats in a vector before it was quantised. index, score: get a row of k values a query.
inline Result<void> top_k_quantized(span<const std::uint8_t> queries, span<const std::uint8_t> corpus, std::size_t dim, Codes codes, std::size_t k,
                                    span<std::uint64_t> index, span<float> score, const Rescore &rescore = {}, const Control *control = nullptr) {
    const std::size_t width = bytes_per_vector(codes, dim);
    const std::size_t nq = detail::rows(queries.size(), width), nc = detail::rows(corpus.size(), width);
    std::string wrong = detail::uneven("queries", queries.size(), width) + detail::uneven("corpus", corpus.size(), width) +
                        detail::uneven("rescore.queries", rescore.queries.size(), dim) + detail::scarce(index, score, nq, k, nc);
    if (!rescore.queries.empty() && detail::rows(rescore.queries.size(), dim) != nq)
        wrong += "rescore.queries is not of as many vectors as queries. ";
    if (!wrong.empty())
        return detail::invalid<void>(wrong);
    return detail::call(glyxel_top_k_quantized, queries.data(), nq, corpus.data(), nc, dim, static_cast<std::int32_t>(codes), k,
                        rescore.queries.empty() ? nullptr : rescore.queries.data(), rescore.times, detail::handle(control), index.data(), score.data())
        .give();
}

inline Result<Neighbours> top_k_quantized(span<const std::uint8_t> queries, span<const std::uint8_t> corpus, std::size_t dim, Codes codes, std::size_t k,
                                          const Rescore &rescore = {}, const Control *control = nullptr) {
    const std::size_t width = bytes_per_vector(codes, dim);
    return detail::filled(detail::room(detail::rows(queries.size(), width), k, detail::rows(corpus.size(), width)), [&](Neighbours &out) {
        return top_k_quantized(queries, corpus, dim, codes, k, out.index, out.score, rescore, control);
    });
}

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
