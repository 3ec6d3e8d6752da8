// What goes in without being copied; no model is needed.
#include <array>
#include <deque>
#include <list>
#include <type_traits>

#include "check.hpp"

using glyxel::Image;
using glyxel::span;
using glyxel::Texts;

static std::string joined(const Texts &texts) {
    std::string all;
    for (std::size_t i = 0; i < texts.size(); i++)
        all += std::string(texts.data()[i].ptr, texts.data()[i].len) + "|";
    return all;
}

TEST(spans_of_whatever_holds_numbers) {
    const auto sum = [](span<const float> values) {
        float all = 0;
        for (float value : values)
            all += value;
        return all;
    };
    std::vector<float> vector{1, 2};
    const std::vector<float> constant{3};
    std::array<float, 2> array{4, 5};
    float plain[] = {6, 7};
    CHECK(sum(vector) == 3);
    CHECK(sum(constant) == 3);
    CHECK(sum(array) == 9);
    CHECK(sum(plain) == 13);
    CHECK(sum({8, 9}) == 17);
    CHECK(sum({}) == 0);
    CHECK(sum(span<float>(plain).subspan(1, 1)) == 7);
    CHECK(span<const float>(vector).data() == vector.data());
    span<float> writable = vector;
    writable[0] = 10;
    CHECK(vector[0] == 10);
}

TEST(spans_of_other_types_do_not_compile) {
    CHECK(!std::is_constructible_v<span<float>, const std::vector<float> &>);
    CHECK(!std::is_constructible_v<span<const float>, std::vector<double> &>);
    CHECK(!std::is_constructible_v<span<const std::uint8_t>, std::string &>);
    CHECK(!std::is_constructible_v<Texts, std::string>);
    CHECK(!std::is_constructible_v<Texts, std::vector<int> &>);
}

TEST(texts_of_whatever_holds_texts) {
    const char *const pointers[] = {"a", "bc"};
    CHECK(joined(Texts{"a", std::string_view("b\0c", 3)}) == std::string("a|b\0c|", 6));
    CHECK(joined(pointers) == "a|bc|");
    CHECK(joined(std::vector<std::string>{"a", "", "bc"}) == "a||bc|");
    CHECK(joined(std::array<std::string_view, 2>{"a", "bc"}) == "a|bc|");
    CHECK(joined(std::deque<std::string>{"a", "bc"}) == "a|bc|");
    CHECK(joined(std::list<const char *>{"a", "bc"}) == "a|bc|");
    CHECK(joined(std::vector<std::string>()) == "");
    CHECK(joined({}) == "");
}

TEST(texts_are_not_copied) {
    const std::vector<std::string> strings{"one", "two"};
    const Texts texts(strings);
    CHECK(texts.data()[1].ptr == strings[1].data());
    const std::vector<glyxel_str> own{glyxel_cstr("one")};
    CHECK(Texts(own).data() == own.data());
    CHECK(Texts(span<const glyxel_str>(own)).data() == own.data());
}

TEST(images_are_views) {
    const std::vector<std::uint8_t> bytes(30);
    const Image encoded = Image::encoded(bytes);
    CHECK(encoded.struct_size == sizeof(glyxel_image) && encoded.format == GLYXEL_ENCODED);
    CHECK(encoded.data == bytes.data() && encoded.len == 30 && encoded.width == 0);
    const Image pixels = Image::pixels(glyxel::PixelFormat::bgra, 2, 3, bytes, 9, true);
    CHECK(pixels.format == GLYXEL_BGRA8 && pixels.width == 2 && pixels.height == 3);
    CHECK(pixels.row_stride == 9 && pixels.bottom_up == 1 && pixels.reserved == 0);
}

template <class T>
static constexpr bool move_only = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                                  std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

TEST(handles_are_move_only) {
    CHECK(move_only<glyxel::Model>);
    CHECK(move_only<glyxel::Options>);
    CHECK(move_only<glyxel::Control>);
    CHECK(move_only<glyxel::Predictions>);
    CHECK(move_only<glyxel::Tokens>);
    CHECK(move_only<glyxel::Pairs>);
    CHECK(move_only<glyxel::Centroids>);
    CHECK(std::is_nothrow_copy_constructible_v<glyxel::Error>);
}
