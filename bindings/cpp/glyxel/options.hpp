/// How models are loaded and how they are used.
#ifndef GLYXEL_OPTIONS_HPP
#define GLYXEL_OPTIONS_HPP

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

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

/// What a text is to a late-interaction model (ColBERT). query: with its marker, and filled up with mask tokens if the model was
/// trained so; document: with its marker, and without vectors for tokens on its skip list (punctuation). Other models know text alone.
enum class Role : std::int32_t { text = GLYXEL_TEXT, query = GLYXEL_QUERY, document = GLYXEL_DOCUMENT };

/// How the tokens of texts become vectors.
struct TokenOptions {
    /// 0: the vectors that the model gives its tokens: a late-interaction model's own, else the last hidden state. n: hidden state n,
    /// the one after layer n; -n: the nth from the end, so -1 the last and -(layers + 1) the embeddings. Model::info says how many
    /// "layers" there are.
    std::int32_t layer = 0;
    Role role = Role::text;
    Normalize normalize = Normalize::as_model;
    /// Put before each text, as in EmbedOptions.
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
    /// Zero-shot tasks: several such sentences, label_template being empty. Of pictures each label is then compared by the mean of its
    /// sentences' directions; of texts the scores are averaged.
    std::vector<std::string_view> label_templates = {};
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

inline glyxel_token_options c(const TokenOptions &options) noexcept {
    glyxel_token_options made = {};
    made.struct_size = sizeof made;
    made.layer = options.layer;
    made.role = static_cast<std::int32_t>(options.role);
    made.normalize = static_cast<std::int32_t>(options.normalize);
    made.prompt = str(options.prompt);
    return made;
}

/// Task options as the library takes them, with the list that they point at.
class TaskOptionsOfC {
public:
    explicit TaskOptionsOfC(const TaskOptions &options) : templates_(options.label_templates) {
        made_.struct_size = sizeof made_;
        made_.activation = static_cast<std::int32_t>(options.activation);
        made_.top_k = options.top_k;
        made_.template_ = str(options.label_template);
        made_.templates = templates_.size() == 0 ? nullptr : templates_.data();
        made_.n_templates = templates_.size();
    }

    const glyxel_task_options *get() const noexcept { return &made_; }

private:
    Texts templates_;
    glyxel_task_options made_ = {};
};

} // namespace detail
} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
