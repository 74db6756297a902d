#include "project/prerendered.hpp"

#include <boost/json/array.hpp>

#include "project/json_reader.hpp"

namespace millrace::project {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;

base::Result<std::vector<Prerendered>> read_prerendered(const json::value& value,
                                                        std::size_t routes) {
  std::vector<Prerendered> answers;
  const json::array* items = value.if_array();
  if (items == nullptr) {
    return Error(ErrorCode::invalid,
                 "prerendered: expected an array, found " + std::string(kind_name(value)));
  }
  answers.reserve(items->size());
  for (std::size_t at = 0; at < items->size(); ++at) {
    const std::string place = "prerendered[" + std::to_string(at) + "]";
    const json::object* object = (*items)[at].if_object();
    if (object == nullptr) return Error(ErrorCode::invalid, place + ": expected an object");
    JsonReader reader(*object, place);
    Prerendered answer;
    answer.parameters = reader.text("parameters", {});
    answer.fields = reader.text("fields", {});
    answer.body = reader.required_text("body");
    const json::value* route = reader.find("route");
    const json::value* status = reader.find("status");
    if (route == nullptr || !route->is_int64() || route->get_int64() < 0 ||
        static_cast<std::size_t>(route->get_int64()) >= routes) {
      reader.complain("route", "the number of a route", "something else");
    } else {
      answer.route = static_cast<std::uint32_t>(route->get_int64());
    }
    if (status == nullptr || !status->is_int64() || status->get_int64() < 200 ||
        status->get_int64() > 599) {
      reader.complain("status", "a status from 200 to 599", "something else");
    } else {
      answer.status = static_cast<std::uint16_t>(status->get_int64());
    }
    if (reader.complaint()) return Error(ErrorCode::invalid, *reader.complaint());
    answers.push_back(std::move(answer));
  }
  return answers;
}

json::object prerendered_json(const Prerendered& answer) {
  return {{"route", answer.route},
          {"parameters", answer.parameters},
          {"status", answer.status},
          {"fields", answer.fields},
          {"body", answer.body}};
}

}  // namespace millrace::project
