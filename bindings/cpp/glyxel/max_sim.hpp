/// Late interaction: texts compared token by token.
#ifndef GLYXEL_MAX_SIM_HPP
#define GLYXEL_MAX_SIM_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include "glyxel/similarity.hpp"
#include "glyxel/tokens.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

namespace detail {

/// What is wrong with vectors of tokens: there must be one for each that is counted; empty: nothing. Of a dim of 0 it is the
/// library that complains.
inline std::string miscounted(const char *what, const TokenVectors &texts, std::size_t dim) {
    std::string wrong = uneven(what, texts.vectors.size(), dim);
    if (dim == 0 || !wrong.empty())
        return wrong;
    std::size_t left = texts.vectors.size() / dim;
    for (std::size_t count : texts.counts) {
        if (count > left)
            return std::string(what) + " has fewer vectors than its counts sum to. ";
        left -= count;
    }
    return left == 0 ? "" : std::string(what) + " has more vectors than its counts sum to, " + std::to_string(left) + " too many. ";
}

} // namespace detail

/// Finds the k documents that answer each query best, exactly, as ColBERT compares texts (MaxSim): for each vector of the query
/// the best product with any vector of the document, and the sum of these. Of equal scores the lower place comes first.
/// queries, documents: Tokens, or vectors that were kept of them, of dim floats each. A query without vectors scores 0
/// everywhere, a document without any is Status::invalid_argument. metric: Metric::cosine or Metric::dot.
/// index, score: get a row of k values a query. k: at most as many as there are documents.
inline Result<void> max_sim(const TokenVectors &queries, const TokenVectors &documents, std::size_t dim, std::size_t k, span<std::uint64_t> index,
                            span<float> score, Metric metric = Metric::cosine, const Control *control = nullptr) {
    const std::size_t nq = queries.counts.size(), nd = documents.counts.size();
    const std::string wrong = detail::miscounted("queries", queries, dim) + detail::miscounted("documents", documents, dim) +
                              detail::scarce(index, score, nq, k, nd);
    if (!wrong.empty())
        return detail::invalid<void>(wrong);
    return detail::call(glyxel_max_sim, queries.vectors.data(), queries.counts.data(), nq, documents.vectors.data(), documents.counts.data(), nd, dim,
                        static_cast<std::int32_t>(metric), k, detail::handle(control), index.data(), score.data())
        .give();
}

inline Result<Neighbours> max_sim(const TokenVectors &queries, const TokenVectors &documents, std::size_t dim, std::size_t k,
                                  Metric metric = Metric::cosine, const Control *control = nullptr) {
    return detail::filled(detail::room(queries.counts.size(), k, documents.counts.size()), [&](Neighbours &out) {
        return max_sim(queries, documents, dim, k, out.index, out.score, metric, control);
    });
}

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
