// Loading, settings, controls, messages, and the ends of it all.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "check.hpp"

using glyxel::Control;
using glyxel::Model;
using glyxel::Options;

static const std::string small = "tests/fixtures/bert/st_mean";

static Model load(const std::string &path) { return Model::load(check::root + path); }

TEST(versions) {
    CHECK(glyxel::abi_version() == 1);
    CHECK(glyxel::version() == glyxel_version());
    CHECK(glyxel::build_info().find("libtorch") != std::string_view::npos);
}

TEST(a_model_that_is_not_there) {
    const std::string sentence = REFUSED(not_found, Model::load("/nowhere/at all"));
    CHECK(sentence.find("/nowhere/at all") != std::string::npos);
    REFUSED(bad_model, Model::load_memory({1, 2, 3}));
}

TEST(settings) {
    Options options;
    CHECK(options.get() == nullptr);
    CHECK(REFUSED(invalid_argument, options.set("presicion", "bf16")).find("precision") != std::string::npos);
    REFUSED(invalid_argument, options.set("precision", "f12"));
    options.set("max_length", "5");
    CHECK(options.get() != nullptr);
    const Model model = Model::load(check::root + small, options);
    CHECK(model.info().find("\"max_length\":5") != std::string_view::npos);
    REFUSED(invalid_argument, glyxel::configure("threads", "2"));  // the library is in use by now
    REFUSED(invalid_argument, glyxel::configure("nonsense", "2"));
}

TEST(a_model_moves_and_is_freed) {
    Model model = load(small);
    const Model moved = std::move(model);
    CHECK(moved.dim() > 0);
    CHECK(model.get() == nullptr && model.dim() == 0 && model.info().empty());
    REFUSED(invalid_argument, model.embed_text("x"));
    REFUSED(invalid_argument, model.save("x"));
    // The handle of a model that was freed is an error, never a crash.
    glyxel_model *freed = nullptr;
    {
        const Model brief = load(small);
        freed = brief.get();
    }
    CHECK(glyxel_model_dim(freed) == 0);
}

TEST(a_bundle_gives_the_same_vectors) {
    const Model model = load(small);
    const std::string path = std::filesystem::temp_directory_path() / "glyxel-cpp-test.pt";
    model.save(path);
    const std::vector<float> vectors = model.embed_texts({"one text", "and another"});
    CHECK(check::same(Model::load(path).embed_texts({"one text", "and another"}), vectors));
    const std::string root = check::root;
    check::root.clear();
    const std::vector<std::uint8_t> bytes = check::file(path);
    check::root = root;
    CHECK(check::same(Model::load_memory(bytes).embed_texts({"one text", "and another"}), vectors));
    std::filesystem::remove(path);
    REFUSED(not_found, model.save("/nowhere/at all.pt"));
}

TEST(a_control_cancels) {
    const Model model = load(small);
    const Control control = Control::create();
    CHECK(control.progress().stage == glyxel::Stage::idle);
    CHECK(model.embed_text("x", {}, &control).size() == model.dim());
    control.cancel();
    REFUSED(cancelled, model.embed_text("x", {}, &control));
    REFUSED(cancelled, Model::load(check::root + small, Options(), &control));
}

TEST(a_call_is_cancelled_from_another_thread) {
    const Model model = load("target/models/all-MiniLM-L6-v2");
    const Control control = Control::create();
    const std::vector<std::string> texts(20000, "A long story of the river, and of the film in the river, to the end of it.");
    std::thread other([&] {
        while (control.progress().stage != glyxel::Stage::computing)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        control.cancel();
    });
    REFUSED(cancelled, model.embed_texts(texts, {}, &control));
    other.join();
}

TEST(a_call_takes_too_long) {
    const Model model = load("target/models/all-MiniLM-L6-v2");
    const Control control = Control::create();
    control.set_timeout(std::chrono::milliseconds(1));
    const std::vector<std::string> texts(20000, "A long story of the river, and of the film in the river, to the end of it.");
    REFUSED(timeout, model.embed_texts(texts, {}, &control));
    control.set_timeout(std::chrono::milliseconds(-1));
    CHECK(model.embed_text("no limit any more", {}, &control).size() == model.dim());
}

TEST(one_model_in_many_threads) {
    const Model model = load(small);
    const std::vector<float> alone = model.embed_text("the same text");
    std::atomic<int> near = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&] {
            for (int call = 0; call < 20; call++) {
                const std::vector<float> vector = model.embed_text("the same text");
                const float square = check::dot(vector.data(), vector.data(), vector.size());
                const float cosine = check::dot(vector.data(), alone.data(), vector.size()) /
                                     std::sqrt(square * check::dot(alone.data(), alone.data(), alone.size()));
                near += cosine > 0.999999f;
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    CHECK(near == 8 * 20);
}

TEST(messages) {
    Options options;
    options.set("cache", "false");  // so that a load has something to say: it converts
    std::atomic<int> first = 0, second = 0;
    glyxel::set_log([&](glyxel::LogLevel, std::string_view message) { first += !message.empty(); });
    Model::load(check::root + small, options);
    CHECK(first > 0);
    const int told = first;
    glyxel::set_log([&](glyxel::LogLevel level, std::string_view) { second += level >= glyxel::LogLevel::error; });
    Model::load(check::root + small, options);
    CHECK(second > 0 && first == told);
    const int last = second;
    glyxel::set_log(nullptr);
    Model::load(check::root + small, options);
    CHECK(second == last);
}

TEST(an_end_and_a_new_beginning) {
    const Model model = load(small);
    const std::vector<float> before = model.embed_text("before and after");
    glyxel::shutdown();
    glyxel::shutdown(std::chrono::seconds(10));
    CHECK(check::same(model.embed_text("before and after"), before));
    REFUSED(invalid_argument, glyxel::shutdown(std::chrono::milliseconds(-1)));
}
