/// What a classifier says: for each item of a call, classes and scores.
#ifndef GLYXEL_PREDICTIONS_HPP
#define GLYXEL_PREDICTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "glyxel/views.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// A class that an item may be of.
struct Prediction {
    /// The class's name (UTF-8), which lives as long as the predictions.
    std::string_view label;
    /// The class's place among the model's.
    std::int64_t index = 0;
    float score = 0;
};

/// The predictions for each item of a call, in the items' order: `for (auto [label, index, score] : predictions[0])`.
class Predictions {
public:
    /// The predictions for one item, in descending order of score; valid as long as the Predictions.
    class Item {
    public:
        std::size_t size() const noexcept { return glyxel_predictions_count(handle_, item_); }

        /// The prediction of a rank below size(), counted from 0; an empty one beyond.
        Prediction operator[](std::size_t rank) const noexcept {
            Prediction found;
            glyxel_str label = {};
            if (glyxel_predictions_get(handle_, item_, rank, &label, &found.index, &found.score) == GLYXEL_OK)
                found.label = detail::view(label);
            return found;
        }

        detail::Iterator<Item> begin() const noexcept { return {this, 0}; }
        detail::Iterator<Item> end() const noexcept { return {this, size()}; }

    private:
        friend class Predictions;
        Item(const glyxel_predictions *handle, std::size_t item) noexcept : handle_(handle), item_(item) {}

        const glyxel_predictions *handle_;
        std::size_t item_;
    };

    /// Takes over a handle of the C interface.
    explicit Predictions(glyxel_predictions *handle) noexcept : handle_(handle) {}

    /// What was predicted for the item at a place of the call; nothing if there is no such item.
    Item operator[](std::size_t item) const noexcept { return Item(get(), item); }

    /// One prediction. Status::invalid_argument if there is no such item or rank.
    Result<Prediction> at(std::size_t item, std::size_t rank) const {
        Prediction found;
        glyxel_str label = {};
        const glyxel_status status = glyxel_predictions_get(get(), item, rank, &label, &found.index, &found.score);
        if (status != GLYXEL_OK)
            return detail::fail<Prediction>(Error(static_cast<Status>(status), "there is no prediction of this item and rank: look at size() first"));
        found.label = detail::view(label);
        return found;
    }

    /// The handle, which stays this object's.
    glyxel_predictions *get() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<glyxel_predictions, detail::Free> handle_;
};

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
