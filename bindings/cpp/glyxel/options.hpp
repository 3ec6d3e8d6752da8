/// How models are loaded and how they are used.
#ifndef GLYXEL_OPTIONS_HPP
#define GLYXEL_OPTIONS_HPP

#include <cstdint>
#include <memory>
#include <string_view>

#include "glyxel/views.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// Settings for loading a model, all of them the defaults until they are set. Models loaded before a change keep theirs.
class Options {
public:
    Options() noexcept = default;

    /// Takes over a handle of the C interface.
    explicit Options(glyxel_options *handle) noexcept : handle_(handle) {}

    /// Changes one setting: device, precision, max_length, image_size, cache_dir, revision …, all of them in glyxel.h at
    /// glyxel_options_set. Status::invalid_argument for a name or a value that is not possible; the message says which are.
    Result<void> set(std::string_view name, std::string_view value) {
        if (!handle_) {
            glyxel_options *made = nullptr;
            const detail::Outcome outcome = detail::call(glyxel_options_new, &made);
            if (!outcome.succeeded())
                return outcome.give();
            handle_.reset(made);
        }
        return detail::call(glyxel_options_set, get(), detail::str(name), detail::str(value)).give();
    }

    /// The handle, which stays this object's; nullptr where nothing was set.
    glyxel_options *get() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<glyxel_options, detail::Free> handle_;
};

/// Whether vectors are scaled to length 1.
enum class Normalize : std::int32_t { as_model = 0, yes = 1, no = 2 };

/// How texts and pictures become vectors.
struct EmbedOptions {
    Normalize normalize = Normalize::as_model;
    /// 0: all; else only the first dim floats of each vector (Matryoshka).
    std::uint32_t dim = 0;
    /// Put before each text. Empty: the model's default prompt; "@": none; "@NAME": one of the model's own.
    std::string_view prompt = {};
};

/// What makes scores of a model's logits.
enum class Activation : std::int32_t { as_model = 0, none = 1, softmax = 2, sigmoid = 3 };

/// How a task makes scores.
struct TaskOptions {
    Activation activation = Activation::as_model;
    /// How many predictions each item gets; 0: all. Zero-shot tasks score every label.
    std::uint32_t top_k = 0;
    /// Zero-shot tasks: a sentence that holds "{}", where each label is put; empty: the model's usual one.
    std::string_view label_template = {};
};

namespace detail {

inline glyxel_embed_options c(const EmbedOptions &options) noexcept {
    glyxel_embed_options made = {};
    made.struct_size = sizeof made;
    made.normalize = static_cast<std::int32_t>(options.normalize);
    made.dim = options.dim;
    made.prompt = str(options.prompt);
    return made;
}

inline glyxel_task_options c(const TaskOptions &options) noexcept {
    glyxel_task_options made = {};
    made.struct_size = sizeof made;
    made.activation = static_cast<std::int32_t>(options.activation);
    made.top_k = options.top_k;
    made.template_ = str(options.label_template);
    return made;
}

} // namespace detail
} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
