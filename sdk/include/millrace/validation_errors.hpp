// What is wrong with an input: issues, each with the way to the value and a message, in zod's words
// and shapes.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

/// One step into an input: a member's name or an item's index.
using PathSegment = std::variant<std::string, std::size_t>;

struct Issue {
  /// From the outermost value inwards; empty for the input as a whole. A name of more than 256
  /// bytes, which only a client can have made up, is cut short and ends with "…".
  std::vector<PathSegment> path;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Issue, (), (path, message))

/// What a check over a whole struct finds: the member that the message is shown at, or "" for the
/// struct itself.
struct FieldError {
  std::string field;
  std::string message = "Invalid input";
};

/// All that was found. A value; not thread-safe.
class ValidationErrors {
 public:
  /// More are not kept: an answer need not grow with what was sent.
  static constexpr std::size_t kMaxIssues = 1000;

  // All in the library: a route's compile need not know how issues are copied.
  ValidationErrors();
  ValidationErrors(const ValidationErrors&);
  ValidationErrors(ValidationErrors&&) noexcept;
  ValidationErrors& operator=(const ValidationErrors&);
  ValidationErrors& operator=(ValidationErrors&&) noexcept;
  ~ValidationErrors();

  void add(std::vector<PathSegment> path, std::string message);
  /// For what a handler finds itself, as a name that is taken. "" for the input as a whole.
  void add(std::string field, std::string message);

  [[nodiscard]] bool empty() const { return issues_.empty(); }
  /// Whether what is added now would not be kept.
  [[nodiscard]] bool full() const { return issues_.size() >= kMaxIssues; }
  /// In the order of the struct's members. `Response::json(errors.issues())` shows them.
  [[nodiscard]] const std::vector<Issue>& issues() const& { return issues_; }
  [[nodiscard]] std::vector<Issue> issues() && { return std::move(issues_); }

  /// {"formErrors": ["…"], "fieldErrors": {"email": ["…"]}}: what concerns the whole, and what
  /// concerns a member or anything below it.
  [[nodiscard]] boost::json::object flatten() const;

 private:
  std::vector<Issue> issues_;
};

}  // namespace millrace
