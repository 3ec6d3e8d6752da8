/// What a call gives when it fails, and the two ways to be told: by an exception, or in what is returned.
#ifndef GLYXEL_ERROR_HPP
#define GLYXEL_ERROR_HPP

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "glyxel.h"

#if !defined(GLYXEL_NO_EXCEPTIONS) && !defined(__cpp_exceptions)
#define GLYXEL_NO_EXCEPTIONS
#endif

/* Names of either mode differ to the linker, so that one program may have files of both. */
#ifdef GLYXEL_NO_EXCEPTIONS
#define GLYXEL_MODE returning
#else
#define GLYXEL_MODE throwing
#endif

namespace glyxel {
inline namespace GLYXEL_MODE {

/// What kind of thing went wrong: GLYXEL_OK and its neighbours in glyxel.h.
enum class Status : std::int32_t {
    ok = GLYXEL_OK,
    invalid_argument = GLYXEL_INVALID_ARGUMENT,
    invalid_handle = GLYXEL_INVALID_HANDLE,
    not_found = GLYXEL_NOT_FOUND,
    bad_model = GLYXEL_BAD_MODEL,
    unsupported = GLYXEL_UNSUPPORTED,
    io = GLYXEL_IO,
    network = GLYXEL_NETWORK,
    cancelled = GLYXEL_CANCELLED,
    timeout = GLYXEL_TIMEOUT,
    out_of_memory = GLYXEL_OUT_OF_MEMORY,
    device = GLYXEL_DEVICE,
    internal = GLYXEL_INTERNAL,
};

/// A failed call: what kind of thing went wrong, and a sentence that says what, where, and what to do.
class Error : public std::runtime_error {
public:
    Error(Status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /// What kind of thing went wrong; never Status::ok.
    Status status() const noexcept { return status_; }

    /// The sentence (UTF-8), as what() gives it.
    const char *message() const noexcept { return what(); }

private:
    Status status_;
};

#ifdef GLYXEL_NO_EXCEPTIONS

/// A T, or the error that there is instead of it. Asked for what it does not hold, it ends the program (std::abort).
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

    /// Whether there is a value.
    explicit operator bool() const noexcept { return held_.index() == 0; }

    T &value() & noexcept { return *held<0>(held_); }
    const T &value() const & noexcept { return *held<0>(held_); }
    T &&value() && noexcept { return std::move(*held<0>(held_)); }
    T &operator*() & noexcept { return value(); }
    const T &operator*() const & noexcept { return value(); }
    T &&operator*() && noexcept { return std::move(*this).value(); }
    T *operator->() noexcept { return &value(); }
    const T *operator->() const noexcept { return &value(); }

    /// The error. Only where there is no value.
    const Error &error() const noexcept { return *held<1>(held_); }

private:
    template <std::size_t I, class Held>
    static auto *held(Held &from) noexcept {
        auto *found = std::get_if<I>(&from);
        if (found == nullptr)
            std::abort();
        return found;
    }

    std::variant<T, Error> held_;
};

/// Nothing, or an error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    /// Whether the call succeeded.
    explicit operator bool() const noexcept { return !error_; }

    /// The error. Only where the call failed.
    const Error &error() const noexcept {
        if (!error_)
            std::abort();
        return *error_;
    }

private:
    std::optional<Error> error_;
};

#else

/// What a call gives: with exceptions, its value.
template <class T>
using Result = T;

#endif

namespace detail {

/// The end of a failed call, the one place where the two modes differ.
template <class T>
Result<T> fail(Error error) {
#ifdef GLYXEL_NO_EXCEPTIONS
    return error;
#else
    throw error;
#endif
}

/// A call that was refused before it reached the library.
template <class T>
Result<T> invalid(const std::string &sentence) {
    return fail<T>(Error(Status::invalid_argument, sentence));
}

/// What a C function returned and wrote to its last parameter.
class Outcome {
public:
    Outcome(glyxel_status status, glyxel_error *error) noexcept : status_(status), error_(error) {}
    Outcome(const Outcome &) = delete;
    Outcome &operator=(const Outcome &) = delete;
    ~Outcome() { glyxel_error_free(error_); }

    bool succeeded() const noexcept { return status_ == GLYXEL_OK; }

    /// The value if the function succeeded, else the error.
    template <class T>
    Result<T> give(T value) const {
        if (!succeeded())
            return fail<T>(failure());
        return value;
    }

    /// Nothing if the function succeeded, else the error.
    Result<void> give() const {
        if (!succeeded())
            return fail<void>(failure());
        return Result<void>();
    }

private:
    Error failure() const { return Error(static_cast<Status>(glyxel_error_code(error_)), glyxel_error_message(error_)); }

    glyxel_status status_;
    glyxel_error *error_;
};

/// Calls a C function whose last parameter is where its error goes; the arguments are all others.
template <class... Parameters, class... Arguments>
Outcome call(glyxel_status (*function)(Parameters...), Arguments... arguments) {
    glyxel_error *error = nullptr;
    const glyxel_status status = function(arguments..., &error);
    return Outcome(status, error);
}

/// The values after `fill`, which gives a Result<void>, has written to them; else its error.
template <class Values, class Fill>
Result<Values> filled(Values values, Fill fill) {
#ifdef GLYXEL_NO_EXCEPTIONS
    if (Result<void> done = fill(values); !done)
        return done.error();
#else
    fill(values);
#endif
    return values;
}

/// Frees any handle.
struct Free {
    void operator()(glyxel_options *handle) const noexcept { glyxel_options_free(handle); }
    void operator()(glyxel_control *handle) const noexcept { glyxel_control_free(handle); }
    void operator()(glyxel_model *handle) const noexcept { glyxel_model_free(handle); }
    void operator()(glyxel_predictions *handle) const noexcept { glyxel_predictions_free(handle); }
    void operator()(glyxel_tokens *handle) const noexcept { glyxel_tokens_free(handle); }
    void operator()(glyxel_pairs *handle) const noexcept { glyxel_pairs_free(handle); }
    void operator()(glyxel_centroids *handle) const noexcept { glyxel_centroids_free(handle); }
};

} // namespace detail
} // namespace GLYXEL_MODE
} // namespace glyxel

#endif
