/// What concerns the whole process: versions, threads, the end, messages; and the control that a long call takes.
#ifndef GLYXEL_LIBRARY_HPP
#define GLYXEL_LIBRARY_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "glyxel/views.hpp"

namespace glyxel {
inline namespace GLYXEL_MODE {

/// The version of the C interface that the library has: 1.
inline std::uint32_t abi_version() noexcept { return glyxel_abi_version(); }

/// The library's version, such as "0.1.0".
inline std::string_view version() noexcept { return glyxel_version(); }

/// What the library was built with: libtorch's version, kinds of devices, decoders of images.
inline std::string_view build_info() noexcept { return glyxel_build_info(); }

/// Sets something for the whole process, before the first model is loaded: "threads", how many compute.
inline Result<void> configure(std::string_view name, std::string_view value) {
    return detail::call(glyxel_configure, detail::str(name), detail::str(value)).give();
}

/// Cancels every call, waits until nothing runs, and ends the library's threads; it runs by itself when the process exits.
/// timeout: how long to wait, at least a millisecond; 0: as long as it takes. Status::timeout if something still ran then.
inline Result<void> shutdown(std::chrono::milliseconds timeout = {}) {
    if (timeout.count() < 0)
        return detail::invalid<void>("the timeout of a shutdown is negative: give 0 to wait as long as it takes");
    return detail::call(glyxel_shutdown, static_cast<std::uint64_t>(timeout.count())).give();
}

/// How grave a message is.
enum class LogLevel : std::int32_t {
    error = GLYXEL_LOG_ERROR,
    warn = GLYXEL_LOG_WARN,
    info = GLYXEL_LOG_INFO,
    debug = GLYXEL_LOG_DEBUG,
};

/// Gets a message of the library; the text is valid until it returns.
using Log = std::function<void(LogLevel level, std::string_view message)>;

/// Sets who gets the library's messages, of all levels; an empty function: nobody. It is called from any thread, from several
/// at once; it must return soon, throw nothing, and make no calls that can fail. The one that was set before is not running
/// any more when this returns, and has been destroyed.
inline Result<void> set_log(Log log) {
    // Never destroyed: the library may have something to say while the program's statics go.
    static std::mutex &turn = *new std::mutex;
    static std::unique_ptr<Log> &current = *new std::unique_ptr<Log>;
    const std::lock_guard<std::mutex> lock(turn);
    std::unique_ptr<Log> next = log ? std::make_unique<Log>(std::move(log)) : nullptr;
    const glyxel_log_callback call = [](std::int32_t level, glyxel_str message, void *user) noexcept {
        (*static_cast<Log *>(user))(static_cast<LogLevel>(level), detail::view(message));
    };
    const detail::Outcome outcome = detail::call(glyxel_log_set, next ? call : nullptr, next.get());
    if (outcome.succeeded())
        current = std::move(next);
    return outcome.give();
}

/// What a call is doing.
enum class Stage : std::int32_t {
    idle = GLYXEL_STAGE_IDLE,
    downloading = GLYXEL_STAGE_DOWNLOADING,
    hashing = GLYXEL_STAGE_HASHING,
    converting = GLYXEL_STAGE_CONVERTING,
    loading = GLYXEL_STAGE_LOADING,
    tokenizing = GLYXEL_STAGE_TOKENIZING,
    decoding = GLYXEL_STAGE_DECODING,
    computing = GLYXEL_STAGE_COMPUTING,
};

/// How far a call is: `done` of `total` (0: not known yet), in the unit that glyxel.h gives for the stage.
struct Progress {
    Stage stage = Stage::idle;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};

/// Watches, cancels and times the calls that it is passed to, from any thread. One may serve many calls, also at once.
class Control {
public:
    /// A control that no call has been under yet.
    static Result<Control> create() {
        glyxel_control *made = nullptr;
        const detail::Outcome outcome = detail::call(glyxel_control_new, &made);
        return outcome.give(Control(made));
    }

    /// Takes over a handle of the C interface.
    explicit Control(glyxel_control *handle) noexcept : handle_(handle) {}

    /// Cancels every call under it, now and later; they return at once with Status::cancelled.
    void cancel() const noexcept { glyxel_control_cancel(get()); }

    /// Limits each call that begins from now on; it then ends with Status::timeout. Less than a millisecond: no limit.
    void set_timeout(std::chrono::milliseconds limit) const noexcept {
        glyxel_control_set_timeout(get(), limit.count() > 0 ? static_cast<std::uint64_t>(limit.count()) : 0);
    }

    /// How far the calls under it are; of several at once, what the last to report said.
    Progress progress() const noexcept {
        Progress now;
        std::int32_t stage = 0;
        glyxel_control_progress(get(), &stage, &now.done, &now.total);
        now.stage = static_cast<Stage>(stage);
        return now;
    }

    /// The handle, which stays this object's.
    glyxel_control *get() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<glyxel_control, detail::Free> handle_;
};

namespace detail {

inline glyxel_control *handle(const Control *control) noexcept { return control ? control->get() : nullptr; }

} // namespace detail
} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
