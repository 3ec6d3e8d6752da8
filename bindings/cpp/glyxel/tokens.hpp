/// The tokens of texts, and the vector that a model gives each.
#ifndef GLYXEL_TOKENS_HPP
#define GLYXEL_TOKENS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "glyxel/views.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// A token of a text.
struct Token {
    std::uint32_t id = 0;
    /// As the vocabulary writes it (UTF-8); lives as long as the tokens.
    std::string_view piece;
    /// The bytes begin..end of the text, as it was passed in, that the token came from. 0, 0: it stands for none of them, as
    /// special tokens do, a prompt's, and those that a query is filled up with.
    std::size_t begin = 0;
    std::size_t end = 0;
    /// dim() floats; live as long as the tokens.
    span<const float> vector;
};

/// Vectors of the tokens of some texts, whoever keeps them: rows of floats, one after the other, text by text, and how many rows
/// each text has.
struct TokenVectors {
    span<const float> vectors;
    span<const std::size_t> counts;
};

/// The tokens of each text of a call, in the texts' order: `for (auto [id, piece, begin, end, vector] : tokens[0])`.
class Tokens {
public:
    /// The tokens of one text that have a vector, in the text's order; valid as long as the Tokens.
    class Item {
    public:
        std::size_t size() const noexcept { return glyxel_tokens_count(handle_, item_); }

        /// The token at a place below size(), counted from 0; an empty one beyond.
        Token operator[](std::size_t place) const noexcept {
            Token found;
            glyxel_str piece = {};
            if (glyxel_tokens_get(handle_, item_, place, &found.id, &piece, &found.begin, &found.end) == GLYXEL_OK) {
                const std::size_t dim = glyxel_tokens_dim(handle_);
                found.piece = detail::view(piece);
                found.vector = vectors_.subspan(place * dim, dim);
            }
            return found;
        }

        /// The vectors of all tokens, a row each.
        span<const float> vectors() const noexcept { return vectors_; }

        detail::Iterator<Item> begin() const noexcept { return {this, 0}; }
        detail::Iterator<Item> end() const noexcept { return {this, size()}; }

    private:
        friend class Tokens;
        Item(const glyxel_tokens *handle, std::size_t item, span<const float> vectors) noexcept : handle_(handle), item_(item), vectors_(vectors) {}

        const glyxel_tokens *handle_;
        std::size_t item_;
        span<const float> vectors_;
    };

    /// Takes over a handle of the C interface, made for as many texts.
    Tokens(glyxel_tokens *handle, std::size_t texts) : handle_(handle) {
        const float *vectors = nullptr;
        const std::size_t *counts = nullptr;
        if (glyxel_tokens_vectors(get(), &vectors, &counts) != GLYXEL_OK)
            return;
        ends_.reserve(texts);
        std::size_t rows = 0;
        for (std::size_t item = 0; item < texts; item++)
            ends_.push_back(rows += counts[item]);
    }

    /// How many texts there are.
    std::size_t size() const noexcept { return ends_.size(); }

    /// The tokens of the text at a place of the call; none if there is no such text.
    Item operator[](std::size_t item) const noexcept {
        if (item >= size())
            return Item(get(), item, {});
        const std::size_t first = item == 0 ? 0 : ends_[item - 1];
        return Item(get(), item, vectors().subspan(first * dim(), (ends_[item] - first) * dim()));
    }

    /// One token. Status::invalid_argument if there is no such text or token.
    Result<Token> at(std::size_t item, std::size_t place) const {
        const Item text = (*this)[item];
        if (place >= text.size())
            return detail::invalid<Token>("there is no token at this place of this text: look at size() first");
        return text[place];
    }

    detail::Iterator<Tokens> begin() const noexcept { return {this, 0}; }
    detail::Iterator<Tokens> end() const noexcept { return {this, size()}; }

    /// How many floats one vector has; 0 where there are no tokens.
    std::size_t dim() const noexcept { return glyxel_tokens_dim(get()); }

    /// The vectors of all tokens of all texts, a row each; they live as long as this object.
    span<const float> vectors() const noexcept { return all().vectors; }

    /// How many vectors each text has; these live as long as this object.
    span<const std::size_t> counts() const noexcept { return all().counts; }

    /// Both, for max_sim.
    operator TokenVectors() const noexcept { return all(); }

    /// The handle, which stays this object's.
    glyxel_tokens *get() const noexcept { return handle_.get(); }

private:
    TokenVectors all() const noexcept {
        const float *vectors = nullptr;
        const std::size_t *counts = nullptr;
        if (glyxel_tokens_vectors(get(), &vectors, &counts) != GLYXEL_OK)
            return {};
        return {{vectors, ends_.empty() ? 0 : ends_.back() * dim()}, {counts, size()}};
    }

    std::unique_ptr<glyxel_tokens, detail::Free> handle_;
    /// For each text the row where the next one's begin.
    std::vector<std::size_t> ends_;
};

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
