/// What goes into calls without being copied: views of numbers, of texts and of pictures.
#ifndef GLYXEL_VIEWS_HPP
#define GLYXEL_VIEWS_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "glyxel/error.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// `size` values from `data` on, which belong to somebody else: std::span for C++17. A std::vector, std::array, C array,
/// std::span or anything else with data() and size() becomes one by itself, and so does a braced list, for as long as a call.
template <class T>
class span {
    template <class From>
    using pointed = std::remove_pointer_t<From>;

    /// As std::span has it: T may be const where From is not, and nothing else may differ.
    template <class From>
    using if_same = std::enable_if_t<std::is_convertible_v<pointed<From> (*)[], T (*)[]>>;

public:
    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <std::size_t N>
    constexpr span(T (&array)[N]) noexcept : span(array, N) {}

    template <class Container, class = if_same<decltype(std::declval<Container &>().data())>,
              class = decltype(std::declval<Container &>().size())>
    constexpr span(Container &&container) noexcept : span(container.data(), container.size()) {}

    template <class U = T, class = std::enable_if_t<std::is_const_v<U>>>
    constexpr span(std::initializer_list<std::remove_const_t<U>> list) noexcept : span(list.begin(), list.size()) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t place) const noexcept { return data_[place]; }

    /// `count` values from `first` on; both must be within.
    constexpr span subspan(std::size_t first, std::size_t count) const noexcept { return span(data_ + first, count); }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail {

inline glyxel_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline glyxel_str str(glyxel_str text) noexcept { return text; }
inline std::string_view view(glyxel_str text) noexcept { return {text.ptr, text.len}; }

/// Whether pieces of text that an iterator gives outlive the step to the next: a std::string that is made for each would not.
template <class Reference>
constexpr bool lasting = std::is_lvalue_reference_v<Reference> || std::is_same_v<std::decay_t<Reference>, std::string_view> ||
                         std::is_same_v<std::decay_t<Reference>, const char *> || std::is_same_v<std::decay_t<Reference>, glyxel_str>;

/// Whether there is a glyxel_str of it.
template <class Text>
constexpr bool is_text = std::is_convertible_v<Text, std::string_view> || std::is_same_v<std::decay_t<Text>, glyxel_str>;

} // namespace detail

/// A list of texts (UTF-8) for one call. Made by itself from any range of std::string, std::string_view, const char * or
/// glyxel_str, and from a braced list. What it keeps is where each text is and how long; nothing of a text is copied.
class Texts {
public:
    Texts(std::initializer_list<std::string_view> texts) : Texts(span<const std::string_view>(texts.begin(), texts.size())) {}

    /// A list in the library's own form is passed on as it is.
    Texts(span<const glyxel_str> texts) noexcept : data_(texts.data()), size_(texts.size()) {}
    Texts(const std::vector<glyxel_str> &texts) noexcept : Texts(span<const glyxel_str>(texts)) {}

    template <class Range, class Piece = decltype(*std::begin(std::declval<const Range &>())),
              class = std::enable_if_t<detail::is_text<Piece>>>
    Texts(const Range &texts) {
        static_assert(detail::lasting<Piece>, "this range makes its texts while it is read, and they would be gone before the call: keep them in a std::vector<std::string>");
        own_.reserve(static_cast<std::size_t>(std::distance(std::begin(texts), std::end(texts))));
        for (auto &&text : texts)
            own_.push_back(detail::str(text));
        data_ = own_.data();
        size_ = own_.size();
    }

    Texts(const Texts &) = delete;
    Texts &operator=(const Texts &) = delete;

    const glyxel_str *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

private:
    std::vector<glyxel_str> own_;
    const glyxel_str *data_ = nullptr;
    std::size_t size_ = 0;
};

/// How raw pixels lie in memory, 8 bits a channel. Alpha is ignored.
enum class PixelFormat : std::int32_t {
    rgb = GLYXEL_RGB8,
    rgba = GLYXEL_RGBA8,
    bgra = GLYXEL_BGRA8,
    gray = GLYXEL_GRAY8,
};

/// A picture for one call: a view of a file's bytes, or of pixels.
struct Image : glyxel_image {
    /// The bytes of a JPEG, PNG, WebP, GIF, BMP or TIFF file.
    static Image encoded(const void *data, std::size_t size) noexcept {
        Image image;
        image.format = GLYXEL_ENCODED;
        image.data = static_cast<const std::uint8_t *>(data);
        image.len = size;
        return image;
    }

    static Image encoded(span<const std::uint8_t> bytes) noexcept { return encoded(bytes.data(), bytes.size()); }

    /// Pixels, such as a game's texture: width and height in pixels, row_stride in bytes from a row to the next (0: no gap);
    /// bottom_up if the first row is the lowest (OpenGL, Unity).
    static Image pixels(PixelFormat format, std::uint32_t width, std::uint32_t height, span<const std::uint8_t> bytes,
                        std::size_t row_stride = 0, bool bottom_up = false) noexcept {
        Image image = encoded(bytes);
        image.format = static_cast<std::int32_t>(format);
        image.width = width;
        image.height = height;
        image.row_stride = row_stride;
        image.bottom_up = bottom_up;
        return image;
    }

private:
    Image() noexcept : glyxel_image() { struct_size = sizeof(glyxel_image); }
};

/// An array of these is passed on as one of glyxel_image.
static_assert(sizeof(Image) == sizeof(glyxel_image) && std::is_standard_layout_v<Image>, "an Image is a glyxel_image and nothing more");

namespace detail {

/// Steps through anything with operator[].
template <class View>
class Iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = decltype(std::declval<const View &>()[0]);
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type *;
    using reference = value_type;

    Iterator(const View *view, std::size_t place) noexcept : view_(view), place_(place) {}
    value_type operator*() const { return (*view_)[place_]; }
    Iterator &operator++() noexcept { return ++place_, *this; }
    Iterator operator++(int) noexcept { return Iterator(view_, place_++); }
    bool operator==(const Iterator &other) const noexcept { return place_ == other.place_; }
    bool operator!=(const Iterator &other) const noexcept { return place_ != other.place_; }

private:
    const View *view_;
    std::size_t place_;
};

} // namespace detail
} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
