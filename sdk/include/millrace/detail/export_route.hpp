// Included by the build after a route's own code: finds the handlers among the functions that the
// code declares and adds them to the table. Names are looked up here, so that a function that does
// not exist is not an error: the route lacks that method. A function that cannot be a handler is an
// error that names it. No include guard: the header is included once in its translation unit.

#include <array>
#include <type_traits>

#include "millrace/detail/route_table.hpp"

// The build defines what kind of file this is, so that the file can use the names of other kinds
// freely.
#if !defined(MILLRACE_ROUTE_KIND_APP) && !defined(MILLRACE_ROUTE_KIND_PAGES) && \
    !defined(MILLRACE_ROUTE_KIND_PROXY)
#define MILLRACE_ROUTE_KIND_APP
#define MILLRACE_ROUTE_KIND_PAGES
#define MILLRACE_ROUTE_KIND_PROXY
#endif

// The names are outside of namespaces, where they find those of the route.

/// Convert to any parameter type of a function.
struct MillraceAnyReference {
  template <class T>
  operator T&() const;
};
struct MillraceAnyValue {
  template <class T>
  operator T() const;
};

/// Stands for the return type of a handler that returns something else.
struct MillraceOtherResult {};

// Name lookup is postponed to instantiation where an argument is a pack, even an empty one.
#define MILLRACE_TAKES(NAME)                                   \
  template <class... A>                                        \
  static constexpr bool takes = requires(A && ... arguments) { \
    NAME(static_cast<A&&>(arguments)...);                      \
  };                                                           \
  template <class A>                                           \
  static constexpr bool takes_some =                           \
      takes<A> || takes<A, A> || takes<A, A, A> || takes<A, A, A, A>;

#define MILLRACE_CHECKS(NAME, EXPECTED)                                        \
  template <bool Right>                                                        \
  static constexpr void check_result() {                                       \
    static_assert(Right, #NAME " returns something else: expected " EXPECTED); \
  }                                                                            \
  template <bool Right>                                                        \
  static constexpr void check_streamed() {                                     \
    static_assert(Right, #NAME                                                 \
                  " returns something else: one that takes a "                 \
                  "StreamedRequest& returns Task<Response>");                  \
  }                                                                            \
  template <bool Absent>                                                       \
  static constexpr void check_absent() {                                       \
    static_assert(Absent, #NAME " takes something else: expected " EXPECTED);  \
  }

#define MILLRACE_FIND(NAME)                                                         \
  struct MillraceFind_##NAME {                                                      \
    MILLRACE_TAKES(NAME)                                                            \
    MILLRACE_CHECKS(NAME, "Response " #NAME                                         \
                          "(const Request&, const Params&), or one that "           \
                          "returns Task<Response>; both arguments are optional")    \
    template <class R>                                                              \
    static constexpr bool exists = takes<R&, const millrace::Params&> || takes<R&>; \
    template <class R, class P>                                                     \
    static auto call(R& request, const P& params) {                                 \
      if constexpr (takes<R&, const P&>) {                                          \
        return NAME(request, params);                                               \
      } else if constexpr (takes<R&>) {                                             \
        return NAME(request);                                                       \
      } else {                                                                      \
        return call_bare<R>();                                                      \
      }                                                                             \
    }                                                                               \
    template <class R, class... None>                                               \
    static auto call_bare(None... none) {                                           \
      return NAME(none...);                                                         \
    }                                                                               \
  };

#ifdef MILLRACE_ROUTE_KIND_APP
MILLRACE_FIND(GET)
MILLRACE_FIND(HEAD)
MILLRACE_FIND(OPTIONS)
MILLRACE_FIND(POST)
MILLRACE_FIND(PUT)
MILLRACE_FIND(DELETE)
MILLRACE_FIND(PATCH)
#endif
#ifdef MILLRACE_ROUTE_KIND_PROXY
MILLRACE_FIND(proxy)
#endif

#ifdef MILLRACE_ROUTE_KIND_PAGES
struct MillraceFind_handler {
  MILLRACE_TAKES(handler)
  MILLRACE_CHECKS(handler,
                  "void handler(Request&, ResponseWriter&), or one that returns Task<void>; "
                  "const Params& can be the third argument")
  template <class R>
  static constexpr bool exists = takes<R&, millrace::ResponseWriter&, const millrace::Params&> ||
                                 takes<R&, millrace::ResponseWriter&>;

  template <class R, class P>
  static auto call(R& request, const P& params) {
    using Result = decltype(call_with(request, std::declval<millrace::ResponseWriter&>(), params));
    if constexpr (std::is_void_v<Result>) {
      millrace::ResponseWriter response;
      call_with(request, response, params);
      return response.take();
    } else if constexpr (std::is_same_v<Result, millrace::Task<void>>) {
      return in_task(request, params);
    } else {
      return MillraceOtherResult();
    }
  }

  template <class R, class W, class P>
  static auto call_with(R& request, W& response, const P& params) {
    if constexpr (takes<R&, W&, const P&>) {
      return handler(request, response, params);
    } else {
      return handler(request, response);
    }
  }

  template <class R, class P>
  static millrace::Task<millrace::Response> in_task(R& request, const P& params) {
    millrace::ResponseWriter response;
    co_await call_with(request, response, params);
    co_return response.take();
  }
};
#endif

template <class Find, class R>
using MillraceResultOf =
    decltype(Find::call(std::declval<R&>(), std::declval<const millrace::Params&>()));

template <class Find, class Table>
constexpr void millrace_add(Table& table, std::size_t& count, const char* method) {
  using namespace millrace;
  detail::MethodEntry entry{.method = method};
  if constexpr (Find::template exists<Request> ||
                (!Find::template exists<StreamedRequest> && Find::template takes<>)) {
    using Result = MillraceResultOf<Find, Request>;
    // A handler that takes any type may need a complete Request.
    entry.without_body = Find::template exists<const RequestHead> &&
                         !Find::template exists<const MillraceOtherResult>;
    if constexpr (std::is_same_v<Result, Response>) {
      entry.plain = [](Request& request, const Params& params) {
        return Find::call(request, params);
      };
    } else if constexpr (std::is_same_v<Result, Task<Response>>) {
      entry.task = [](Request& request, const Params& params) {
        return Find::call(request, params);
      };
    } else {
      Find::template check_result<false>();
    }
    table[count++] = entry;
  } else if constexpr (Find::template exists<StreamedRequest>) {
    using Result = MillraceResultOf<Find, StreamedRequest>;
    if constexpr (std::is_same_v<Result, Task<Response>>) {
      entry.streamed = [](StreamedRequest& request, const Params& params) {
        return Find::call(request, params);
      };
    } else {
      Find::template check_streamed<false>();
    }
    table[count++] = entry;
  } else {
    Find::template check_absent<!Find::template takes_some<MillraceAnyReference> &&
                                !Find::template takes_some<MillraceAnyValue>>();
  }
}

template <class R, class... None>
millrace::RouteOptions millrace_options(R route, None... none) {
  if constexpr (requires { options(route); }) {
    return options(route);
  } else if constexpr (requires {
                         requires std::is_same_v<decltype(options(none...)),
                                                 millrace::RouteOptions>;
                       }) {
    // A function without the argument is options() too.
    return options(none...);
  } else {
    return {};
  }
}

extern "C" __attribute__((visibility("default"))) const millrace::detail::RouteTable*
millrace_route() {
  static std::array<millrace::detail::MethodEntry, 9> methods;
  static const millrace::detail::RouteTable table = [] {
    std::size_t count = 0;
#ifdef MILLRACE_ROUTE_KIND_APP
    millrace_add<MillraceFind_GET>(methods, count, "GET");
    millrace_add<MillraceFind_HEAD>(methods, count, "HEAD");
    millrace_add<MillraceFind_OPTIONS>(methods, count, "OPTIONS");
    millrace_add<MillraceFind_POST>(methods, count, "POST");
    millrace_add<MillraceFind_PUT>(methods, count, "PUT");
    millrace_add<MillraceFind_DELETE>(methods, count, "DELETE");
    millrace_add<MillraceFind_PATCH>(methods, count, "PATCH");
#endif
#ifdef MILLRACE_ROUTE_KIND_PROXY
    millrace_add<MillraceFind_proxy>(methods, count, "proxy");
#endif
#ifdef MILLRACE_ROUTE_KIND_PAGES
    millrace_add<MillraceFind_handler>(methods, count, "handler");
#endif
    millrace::detail::RouteTable made;
    made.methods = methods.data();
    made.method_count = count;
    made.options = [] { return millrace_options(millrace::Route{}); };
    return made;
  }();
  return &table;
}
#undef MILLRACE_FIND
#undef MILLRACE_CHECKS
#undef MILLRACE_TAKES
// NOLINTEND
