/// Labels from a few examples of each.
#ifndef GLYXEL_CENTROIDS_HPP
#define GLYXEL_CENTROIDS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "glyxel/similarity.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// What vectors were taken for: for each the number of its label (-1: none), and the cosine with the nearest centroid.
struct Assigned {
    std::vector<std::int32_t> label;
    std::vector<float> score;
};

/// What was learned of a label: its centroid, of length 1, and from how many examples.
struct Centroid {
    std::vector<float> vector;
    std::uint64_t examples = 0;
};

/// Learns labels, numbered from 0, from a few examples of each, and gives each vector the label whose centroid is nearest.
/// Any thread may add examples while others classify.
class Centroids {
public:
    /// A classifier that has learned nothing yet, of n_labels labels and vectors of dim floats.
    static Result<Centroids> create(std::size_t n_labels, std::size_t dim) {
        glyxel_centroids *made = nullptr;
        const auto outcome = detail::call(glyxel_centroids_new, n_labels, dim, &made);
        return outcome.give(Centroids(made, dim));
    }

    /// Takes over a handle of the C interface, made for vectors of dim floats.
    Centroids(glyxel_centroids *handle, std::size_t dim) noexcept : handle_(handle), dim_(dim) {}

    /// The handle, which stays this object's.
    glyxel_centroids *get() const noexcept { return handle_.get(); }

    std::size_t dim() const noexcept { return dim_; }

    /// Learns examples, rows of dim() floats with a label each; all of them or, on failure, none.
    Result<void> add(span<const float> vectors, span<const std::int32_t> labels) const {
        if (detail::rows(vectors.size(), dim_) != labels.size() || !detail::uneven("vectors", vectors.size(), dim_).empty())
            return detail::invalid<void>("vectors has " + std::to_string(vectors.size()) + " values and labels " + std::to_string(labels.size()) +
                                         ": give " + std::to_string(dim_) + " values for each label");
        return detail::call(glyxel_centroids_add, get(), vectors.data(), labels.data(), labels.size()).give();
    }

    /// Gives each vector the label whose centroid is nearest. threshold: the least cosine; a vector that is nearer to no
    /// centroid gets no label. label, score: get a value a vector; score may be empty.
    Result<void> classify(span<const float> vectors, span<std::int32_t> label, span<float> score, float threshold = -1,
                          const Control *control = nullptr) const {
        const std::size_t n = detail::rows(vectors.size(), dim_);
        std::string wrong = detail::uneven("vectors", vectors.size(), dim_);
        if (label.size() < n || (score.size() < n && !score.empty()))
            wrong += "label or score has less room than the " + std::to_string(n) + " vectors need. ";
        if (!wrong.empty())
            return detail::invalid<void>(wrong);
        return detail::call(glyxel_centroids_classify, get(), vectors.data(), n, threshold, detail::handle(control), label.data(), score.data()).give();
    }

    Result<Assigned> classify(span<const float> vectors, float threshold = -1, const Control *control = nullptr) const {
        const std::size_t n = detail::rows(vectors.size(), dim_);
        return detail::filled(Assigned{std::vector<std::int32_t>(n), std::vector<float>(n)},
                              [&](Assigned &out) { return classify(vectors, out.label, out.score, threshold, control); });
    }

    /// What was learned of a label, to look at or to keep: added to a new classifier as the label's only example, it
    /// classifies as this one does.
    Result<Centroid> centroid(std::size_t label) const {
        Centroid found = {std::vector<float>(dim_), 0};
        const auto outcome = detail::call(glyxel_centroids_get, get(), label, found.vector.data(), found.vector.size(), &found.examples);
        return outcome.give(std::move(found));
    }

    /// The same to memory of the caller's: dim() floats. Gives the number of examples.
    Result<std::uint64_t> centroid(std::size_t label, span<float> out) const {
        std::uint64_t examples = 0;
        const auto outcome = detail::call(glyxel_centroids_get, get(), label, out.data(), out.size(), &examples);
        return outcome.give(examples);
    }

private:
    std::unique_ptr<glyxel_centroids, detail::Free> handle_;
    std::size_t dim_;
};

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
