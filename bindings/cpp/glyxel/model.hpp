/// A model, and what is done with it.
#ifndef GLYXEL_MODEL_HPP
#define GLYXEL_MODEL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "glyxel/library.hpp"
#include "glyxel/options.hpp"
#include "glyxel/predictions.hpp"
#include "glyxel/tokens.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// A loaded model: immutable, for any number of threads at once. Calls that come together are computed together.
///
/// Where a call gives numbers there are two of it: one makes a std::vector, the other writes to memory of the caller's, which
/// must have room for all of them (Status::invalid_argument) and is written only on success. Rows stand one after the other,
/// in the order of the inputs. A call that the model cannot do gives Status::unsupported.
class Model {
public:
    /// Loads a model: the path of a checkpoint folder or of a bundle file, or else a Hugging Face id, "org/name" or
    /// "org/name@revision". A checkpoint is converted the first time and kept in the cache. A bundle is a program: load only
    /// those you trust.
    static Result<Model> load(std::string_view source, const Options &options = Options(), const Control *control = nullptr) {
        glyxel_model *made = nullptr;
        const auto outcome = detail::call(glyxel_model_load, detail::str(source), options.get(), detail::handle(control), &made);
        return outcome.give(Model(made));
    }

    /// Loads a model from the bytes of a bundle, which may be freed when this returns.
    static Result<Model> load_memory(span<const std::uint8_t> bundle, const Options &options = Options(),
                                     const Control *control = nullptr) {
        glyxel_model *made = nullptr;
        const auto outcome = detail::call(glyxel_model_load_memory, bundle.data(), bundle.size(), options.get(), detail::handle(control), &made);
        return outcome.give(Model(made));
    }

    /// Takes over a handle of the C interface.
    explicit Model(glyxel_model *handle) noexcept : handle_(handle) {}

    /// The handle, which stays this object's.
    glyxel_model *get() const noexcept { return handle_.get(); }

    /// Writes the model as a bundle, one file that loads without conversion. A file that is there is replaced in one step.
    Result<void> save(std::string_view path) const { return detail::call(glyxel_model_save, get(), detail::str(path)).give(); }

    /// JSON (UTF-8) that describes the model, and lives as long; empty where there is no model.
    std::string_view info() const noexcept {
        const char *json = glyxel_model_info(get());
        return json ? json : std::string_view();
    }

    /// How many floats one embedding has; 0 if the model embeds nothing.
    std::size_t dim() const noexcept { return glyxel_model_dim(get()); }

    /// Embeds texts: each becomes a row of dim() floats (of options.dim, if that is set), and texts of like meaning become
    /// near vectors.
    Result<std::vector<float>> embed_texts(const Texts &texts, const EmbedOptions &options = {}, const Control *control = nullptr) const {
        return detail::filled(rows(texts.size(), options), [&](span<float> out) { return embed_texts(texts, out, options, control); });
    }

    Result<void> embed_texts(const Texts &texts, span<float> out, const EmbedOptions &options = {}, const Control *control = nullptr) const {
        const glyxel_embed_options how = detail::c(options);
        return detail::call(glyxel_embed_texts, get(), texts.data(), texts.size(), &how, detail::handle(control), out.data(), out.size()).give();
    }

    /// Embeds one text: a row.
    Result<std::vector<float>> embed_text(std::string_view text, const EmbedOptions &options = {}, const Control *control = nullptr) const {
        const glyxel_str one = detail::str(text);
        return embed_texts(span<const glyxel_str>(&one, 1), options, control);
    }

    /// Embeds pictures: each becomes a row of dim() floats (of options.dim, if that is set), and pictures that look alike
    /// become near vectors.
    Result<std::vector<float>> embed_images(span<const Image> images, const EmbedOptions &options = {}, const Control *control = nullptr) const {
        return detail::filled(rows(images.size(), options), [&](span<float> out) { return embed_images(images, out, options, control); });
    }

    Result<void> embed_images(span<const Image> images, span<float> out, const EmbedOptions &options = {}, const Control *control = nullptr) const {
        const glyxel_embed_options how = detail::c(options);
        return detail::call(glyxel_embed_images, get(), images.data(), images.size(), &how, detail::handle(control), out.data(), out.size()).give();
    }

    /// Embeds tokens: each token of each text gets a vector, for late interaction (max_sim) or to look into a model. A text is cut
    /// after the model's max_length tokens.
    Result<Tokens> embed_tokens(const Texts &texts, const TokenOptions &options = {}, const Control *control = nullptr) const {
        const glyxel_token_options how = detail::c(options);
        glyxel_tokens *made = nullptr;
        const auto outcome = detail::call(glyxel_embed_tokens, get(), texts.data(), texts.size(), &how, detail::handle(control), &made);
        return outcome.give(Tokens(made, texts.size()));
    }

    /// Counts tokens: how long each text is to the model before it is cut, special tokens included. Gives a count a text.
    Result<std::vector<std::size_t>> count_tokens(const Texts &texts) const {
        return detail::filled(std::vector<std::size_t>(texts.size()), [&](span<std::size_t> out) { return count_tokens(texts, out); });
    }

    Result<void> count_tokens(const Texts &texts, span<std::size_t> out) const {
        return detail::call(glyxel_count_tokens, get(), texts.data(), texts.size(), out.data(), out.size()).give();
    }

    /// Says what texts are, by the classes that the model was trained on.
    Result<Predictions> classify_texts(const Texts &texts, const TaskOptions &options = {}, const Control *control = nullptr) const {
        const detail::TaskOptionsOfC how(options);
        glyxel_predictions *made = nullptr;
        const auto outcome = detail::call(glyxel_classify_texts, get(), texts.data(), texts.size(), how.get(), detail::handle(control), &made);
        return outcome.give(Predictions(made));
    }

    /// Says what is on pictures, by the classes that the model was trained on.
    Result<Predictions> classify_images(span<const Image> images, const TaskOptions &options = {}, const Control *control = nullptr) const {
        const detail::TaskOptionsOfC how(options);
        glyxel_predictions *made = nullptr;
        const auto outcome = detail::call(glyxel_classify_images, get(), images.data(), images.size(), how.get(), detail::handle(control), &made);
        return outcome.give(Predictions(made));
    }

    /// Says how well two texts go together, with a cross-encoder: the text at each place of a, such as a query, with that at
    /// the same place of b, such as a document. Gives a score a pair.
    Result<std::vector<float>> score_pairs(const Texts &a, const Texts &b, const TaskOptions &options = {}, const Control *control = nullptr) const {
        return detail::filled(std::vector<float>(a.size()), [&](span<float> out) { return score_pairs(a, b, out, options, control); });
    }

    Result<void> score_pairs(const Texts &a, const Texts &b, span<float> out, const TaskOptions &options = {}, const Control *control = nullptr) const {
        if (a.size() != b.size())
            return detail::invalid<void>("a and b are of different lengths: each text of a needs its partner at the same place of b");
        const detail::TaskOptionsOfC how(options);
        return detail::call(glyxel_score_pairs, get(), a.data(), b.data(), a.size(), how.get(), detail::handle(control), out.data(), out.size()).give();
    }

    /// Says how well labels of the caller's choosing fit texts, with a model trained on inference (NLI). Gives a row of
    /// labels.size() scores a text.
    Result<std::vector<float>> zero_shot_texts(const Texts &texts, const Texts &labels, const TaskOptions &options = {}, const Control *control = nullptr) const {
        return detail::filled(std::vector<float>(texts.size() * labels.size()),
                              [&](span<float> out) { return zero_shot_texts(texts, labels, out, options, control); });
    }

    Result<void> zero_shot_texts(const Texts &texts, const Texts &labels, span<float> out, const TaskOptions &options = {}, const Control *control = nullptr) const {
        const detail::TaskOptionsOfC how(options);
        return detail::call(glyxel_zero_shot_texts, get(), texts.data(), texts.size(), labels.data(), labels.size(), how.get(), detail::handle(control),
                            out.data(), out.size())
            .give();
    }

    /// Says how well labels of the caller's choosing fit pictures, with a model of texts and pictures. Gives a row of
    /// labels.size() scores a picture.
    Result<std::vector<float>> zero_shot_images(span<const Image> images, const Texts &labels, const TaskOptions &options = {},
                                                const Control *control = nullptr) const {
        return detail::filled(std::vector<float>(images.size() * labels.size()),
                              [&](span<float> out) { return zero_shot_images(images, labels, out, options, control); });
    }

    Result<void> zero_shot_images(span<const Image> images, const Texts &labels, span<float> out, const TaskOptions &options = {},
                                  const Control *control = nullptr) const {
        const detail::TaskOptionsOfC how(options);
        return detail::call(glyxel_zero_shot_images, get(), images.data(), images.size(), labels.data(), labels.size(), how.get(),
                            detail::handle(control), out.data(), out.size())
            .give();
    }

private:
    /// Room for what an embedding call will write. Of a dim beyond the model's it is the call that complains.
    std::vector<float> rows(std::size_t n, const EmbedOptions &options) const {
        const std::size_t all = dim();
        return std::vector<float>(n * (options.dim ? std::min<std::size_t>(options.dim, all) : all));
    }

    std::unique_ptr<glyxel_model, detail::Free> handle_;
};

} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
