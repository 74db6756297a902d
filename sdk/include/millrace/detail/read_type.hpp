// Describes C++ types to the library's JSON reader: tables of what a type is and of functions that
// access its values. The reader is compiled once, in the library; a route compiles only these
// tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "millrace/detail/json_kind.hpp"
#include "millrace/detail/plan.hpp"

namespace millrace::detail {

enum class Kind : std::uint8_t {
  text,
  real,
  integer,
  boolean,
  enumeration,
  any,
  optional,
  list,
  booleans,
  record,
  object,
  choice,
};

struct ObjectType;

/// The reader's description of a type. `out` of its functions points to an object of that type.
struct Type {
  Kind kind = Kind::any;
  /// The range of an integer.
  std::int64_t least = 0;
  std::uint64_t most = 0;
  /// Stores the bits of an integer or the index of an enumerator, or appends to a list of bools.
  void (*store)(void* out, std::uint64_t bits) = nullptr;
  void (*store_real)(void* out, double value) = nullptr;
  /// The largest value that store_real accepts.
  double largest = 0;
  /// The element type of an optional, a list or a record.
  const Type* element = nullptr;
  /// Creates an element (of a record, with the name `name`) and returns its address.
  void* (*add)(void* out, std::string_view name) = nullptr;
  /// The names of an enumeration.
  const char* const* names = nullptr;
  /// The number of names or alternatives.
  std::size_t count = 0;
  const ObjectType* object = nullptr;
  /// The alternatives of a choice.
  const Type* const* alternatives = nullptr;
  void* (*choose)(void* out, std::size_t index) = nullptr;
};

struct Member {
  const char* name;
  const Type* type;
  void* (*of)(void* object);
};

struct ObjectType {
  const Member* members;
  std::size_t count;
  /// Created at the first call.
  const ObjectPlan& (*plan)();
};

template <class T>
const ObjectPlan& plan_of();

template <class T>
consteval Type make_type();

template <class T>
inline constexpr Type kTypeOf = make_type<T>();

template <class T, class Descriptor>
void* member_of(void* object) {
  return &(static_cast<T*>(object)->*Descriptor::pointer);
}

template <class T, class List>
struct ObjectTypeOf;

template <class T, template <class...> class L, class... D>
struct ObjectTypeOf<T, L<D...>> {
  // One more than needed: an array cannot be empty.
  static constexpr std::array<Member, sizeof...(D) + 1> kMembers = {
      Member{D::name, &kTypeOf<std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>>,
             &member_of<T, D>}...};
  static constexpr ObjectType kType = {kMembers.data(), sizeof...(D), &plan_of<T>};
};

template <class T, class List>
struct EnumTypeOf;

template <class T, template <class...> class L, class... D>
struct EnumTypeOf<T, L<D...>> {
  static constexpr std::array<const char*, sizeof...(D)> kNames = {D::name...};
  static constexpr std::array<T, sizeof...(D)> kValues = {D::value...};

  static void store(void* out, std::uint64_t index) { *static_cast<T*>(out) = kValues[index]; }
};

template <class T>
struct ChoiceTypeOf;

template <class... T>
struct ChoiceTypeOf<std::variant<T...>> {
  static constexpr std::array<const Type*, sizeof...(T)> kTypes = {&kTypeOf<T>...};

  static void* choose(void* out, std::size_t index) {
    auto& choice = *static_cast<std::variant<T...>*>(out);
    void* made = nullptr;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (void)((I == index && (made = &choice.template emplace<I>(), true)) || ...);
    }
    (std::index_sequence_for<T...>());
    return made;
  }
};

template <class T>
consteval void describe_number(Type& type) {
  if constexpr (std::is_floating_point_v<T>) {
    type.kind = Kind::real;
    type.largest = sizeof(T) < sizeof(double) ? static_cast<double>(std::numeric_limits<T>::max())
                                              : std::numeric_limits<double>::max();
    type.store_real = [](void* out, double value) {
      *static_cast<T*>(out) = static_cast<T>(value);
    };
  } else {
    type.kind = Kind::integer;
    type.least = static_cast<std::int64_t>(std::numeric_limits<T>::min());
    type.most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    type.store = [](void* out, std::uint64_t bits) {
      *static_cast<T*>(out) = static_cast<T>(bits);
    };
  }
}

template <class T>
consteval void describe_container(Type& type) {
  if constexpr (kIsOptional<T>) {
    type.kind = Kind::optional;
    type.element = &kTypeOf<typename T::value_type>;
    type.add = [](void* out, std::string_view) -> void* {
      return &static_cast<T*>(out)->emplace();
    };
  } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
    // The items of a std::vector<bool> have no address.
    type.kind = Kind::booleans;
    type.element = &kTypeOf<typename T::value_type>;
    type.store = [](void* out, std::uint64_t bits) { static_cast<T*>(out)->push_back(bits != 0); };
  } else if constexpr (Map<T>) {
    type.kind = Kind::record;
    type.element = &kTypeOf<typename T::mapped_type>;
    type.add = [](void* out, std::string_view name) -> void* {
      return &(*static_cast<T*>(out))[typename T::key_type(name)];
    };
  } else {
    type.kind = Kind::list;
    type.element = &kTypeOf<typename T::value_type>;
    type.add = [](void* out, std::string_view) -> void* {
      return &static_cast<T*>(out)->emplace_back();
    };
  }
}

template <class T>
concept Growing = requires(T& list) {
  list.emplace_back();
};

template <class T>
concept Readable = std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || DescribedEnum<T> ||
                   kIsOptional<T> || kIsVariant<T> || DescribedStruct<T> || Map<T> ||
                   (List<T>&& Growing<T>) ||
                   std::is_same_v<T, boost::json::value>;

template <class T>
consteval Type make_type() {
  static_assert(Readable<T>,
                "this type cannot be read from JSON: describe a struct with BOOST_DESCRIBE_STRUCT "
                "and an enum with BOOST_DESCRIBE_ENUM, and store text in a std::string");
  Type type;
  if constexpr (std::is_same_v<T, bool>) {
    type.kind = Kind::boolean;
  } else if constexpr (std::is_arithmetic_v<T>) {
    describe_number<T>(type);
  } else if constexpr (std::is_same_v<T, std::string>) {
    type.kind = Kind::text;
  } else if constexpr (std::is_enum_v<T>) {
    using Of = EnumTypeOf<T, EnumeratorsOf<T>>;
    type.kind = Kind::enumeration;
    type.names = Of::kNames.data();
    type.count = Of::kNames.size();
    type.store = &Of::store;
  } else if constexpr (kIsVariant<T>) {
    type.kind = Kind::choice;
    type.alternatives = ChoiceTypeOf<T>::kTypes.data();
    type.count = ChoiceTypeOf<T>::kTypes.size();
    type.choose = &ChoiceTypeOf<T>::choose;
  } else if constexpr (DescribedStruct<T>) {
    type.kind = Kind::object;
    type.object = &ObjectTypeOf<T, MembersOf<T>>::kType;
  } else if constexpr (!std::is_same_v<T, boost::json::value>) {
    describe_container<T>(type);
  }
  return type;
}

}  // namespace millrace::detail
