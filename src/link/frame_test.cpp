#include "link/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "base/ascii.hpp"
#include "base/little_endian.hpp"
#include "link/frame_encoder.hpp"

namespace millrace::link {
namespace {

namespace json = boost::json;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(base::hex_digit(hex[i]) * 16 + base::hex_digit(hex[i + 1]));
  }
  return bytes;
}

/// golden.json writes Latin-1 bytes as code points; the link carries them as bytes.
std::string latin1(std::string_view utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      bytes += utf8[i];
    } else {
      ++i;
      bytes += static_cast<char>(((c & 0x03) << 6) | (static_cast<unsigned char>(utf8[i]) & 0x3f));
    }
  }
  return bytes;
}

std::string text(const json::object& object, std::string_view name) {
  return latin1(object.at(name).as_string());
}

template <typename Number>
Number number(const json::object& object, std::string_view name) {
  return object.at(name).to_number<Number>();
}

json::array golden_frames() {
  std::ifstream file(MILLRACE_GOLDEN_FRAMES);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  return json::parse(content).as_object().at("frames").as_array();
}

void expect_invoke(const json::object& meant, std::string_view payload) {
  const auto invoke = decode_invoke(payload);
  ASSERT_TRUE(invoke);
  EXPECT_EQ(invoke->generation, number<std::uint32_t>(meant, "generation"));
  EXPECT_EQ(invoke->route, number<std::uint32_t>(meant, "route"));
  EXPECT_EQ(invoke->method, text(meant, "method"));
  EXPECT_EQ(invoke->remote_address, text(meant, "remote_address"));
  EXPECT_EQ(invoke->remote_port, number<std::uint16_t>(meant, "remote_port"));
  EXPECT_EQ(invoke->http_version, number<std::uint8_t>(meant, "http_version"));
  EXPECT_EQ(invoke->secure, meant.at("secure").as_bool());
  EXPECT_EQ(invoke->target, text(meant, "target"));
  EXPECT_EQ(invoke->parameters, text(meant, "parameters"));
  EXPECT_EQ(invoke->fields, text(meant, "fields"));
  std::string again;
  append_invoke(again, 1, *invoke, false);
  EXPECT_EQ(again.substr(protocol::kFrameHeadSize), payload);
}

void expect_response(const json::object& meant, std::string_view payload) {
  const auto response = decode_response(payload);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, number<std::uint16_t>(meant, "status"));
  EXPECT_EQ(response->reason, text(meant, "reason"));
  EXPECT_EQ(response->fields, text(meant, "fields"));
  EXPECT_EQ(response->body, text(meant, "body"));
  std::string again;
  append_response(again, 1, *response, false);
  EXPECT_EQ(again.substr(protocol::kFrameHeadSize), payload);
}

TEST(Frame, DecodesTheGoldenFrames) {
  const json::array frames = golden_frames();
  ASSERT_GE(frames.size(), 14U);
  for (const json::value& value : frames) {
    const json::object& golden = value.as_object();
    SCOPED_TRACE(std::string(golden.at("name").as_string()));
    const std::string bytes = from_hex(golden.at("hex").as_string());
    const Decoded decoded = decode_frame(bytes);
    ASSERT_EQ(decoded.status, DecodeStatus::frame);
    EXPECT_EQ(decoded.consumed, bytes.size());
    const auto* kind = protocol::find_kind(static_cast<std::uint8_t>(decoded.frame.kind));
    ASSERT_NE(kind, nullptr);
    EXPECT_EQ(kind->name, golden.at("kind").as_string());
    EXPECT_EQ(decoded.frame.stream, number<std::uint64_t>(golden, "stream"));
    EXPECT_EQ(decoded.frame.end(), golden.at("end").as_bool());
    std::string again;
    append_frame(again, decoded.frame.kind, decoded.frame.stream, decoded.frame.payload,
                 decoded.frame.end());
    if (decoded.frame.upgrade()) again[5] = bytes[5];
    EXPECT_EQ(again, bytes);
    if (const auto* invoke = golden.if_contains("invoke")) {
      const auto* upgrade = invoke->as_object().if_contains("upgrade");
      EXPECT_EQ(decoded.frame.upgrade(), upgrade != nullptr && upgrade->as_bool());
      expect_invoke(invoke->as_object(), decoded.frame.payload);
    }
    if (const auto* response = golden.if_contains("response")) {
      expect_response(response->as_object(), decoded.frame.payload);
    }
    if (const auto* credit = golden.if_contains("credit")) {
      EXPECT_EQ(decode_credit(decoded.frame.payload), credit->to_number<std::uint32_t>());
    }
  }
}

TEST(Frame, ATruncatedFrameNeedsMoreBytes) {
  for (const json::value& value : golden_frames()) {
    const std::string bytes = from_hex(value.as_object().at("hex").as_string());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // A copy of exactly that size, so that a sanitizer detects a read past its end.
      const std::string part = bytes.substr(0, size);
      ASSERT_EQ(decode_frame(part).status, DecodeStatus::need_more);
    }
  }
}

TEST(Frame, AnInvocationCanHaveTheFillFlag) {
  InvokeView invoke;
  invoke.method = "GET";
  invoke.target = "/api/x";
  for (const bool fill : {false, true}) {
    invoke.fill = fill;
    std::string bytes = "before";
    append_invoke(bytes, 1, invoke, true);
    const Decoded decoded = decode_frame(std::string_view(bytes).substr(6));
    ASSERT_EQ(decoded.status, DecodeStatus::frame);
    EXPECT_EQ(decoded.frame.fill(), fill);
    EXPECT_TRUE(decoded.frame.end());
  }
}

TEST(Frame, AnInvocationCanOfferAnUpgrade) {
  InvokeView invoke;
  invoke.method = "GET";
  invoke.target = "/api/x";
  for (const bool upgrade : {false, true}) {
    invoke.upgrade = upgrade;
    std::string bytes;
    append_invoke(bytes, 1, invoke, true);
    const Decoded decoded = decode_frame(bytes);
    ASSERT_EQ(decoded.status, DecodeStatus::frame);
    EXPECT_EQ(decoded.frame.upgrade(), upgrade);
    EXPECT_TRUE(decoded.frame.end());
  }
}

TEST(Frame, StreamNumbersHave48Bits) {
  constexpr std::uint64_t kRound = std::uint64_t{1} << 32U;
  for (const std::uint64_t stream :
       {std::uint64_t{1}, kRound - 1, kRound, kRound + 1, std::uint64_t{protocol::kMaxStream}}) {
    std::string bytes;
    append_credit(bytes, stream, 7);
    append_invoke(bytes, stream, {}, true);
    const Decoded first = decode_frame(bytes);
    EXPECT_EQ(first.frame.stream, stream);
    EXPECT_EQ(decode_frame(std::string_view(bytes).substr(first.consumed)).frame.stream, stream);
  }
}

TEST(Frame, RejectsInvalidHeads) {
  std::string good;
  append_frame(good, Kind::body, 1, "x");
  const auto with = [&good](std::size_t at, char byte) {
    std::string bad = good;
    bad[at] = byte;
    return decode_frame(bad).status;
  };
  EXPECT_EQ(decode_frame(good).status, DecodeStatus::frame);
  EXPECT_EQ(with(4, 0), DecodeStatus::failed);
  EXPECT_EQ(with(4, static_cast<char>(protocol::kKinds.size())), DecodeStatus::failed);
  EXPECT_EQ(with(4, '\xff'), DecodeStatus::failed);
  // Only invoke can have the flag `fill`.
  EXPECT_EQ(with(5, 2), DecodeStatus::failed);
  EXPECT_EQ(with(5, 4), DecodeStatus::failed);
  // A payload one byte too long is rejected before it has arrived.
  std::string longest = good;
  base::store_le<std::uint32_t>(longest.data(), protocol::kMaxPayload + 1);
  EXPECT_EQ(decode_frame(longest).status, DecodeStatus::failed);
  base::store_le<std::uint32_t>(longest.data(), protocol::kMaxPayload);
  EXPECT_EQ(decode_frame(longest).status, DecodeStatus::need_more);
}

TEST(Frame, RejectsPayloadSizesThatAKindDoesNotAllow) {
  for (std::size_t number = 1; number < protocol::kKinds.size(); ++number) {
    const protocol::KindInfo* const kind = protocol::find_kind(static_cast<std::uint8_t>(number));
    ASSERT_NE(kind, nullptr);
    SCOPED_TRACE(std::string(kind->name));
    const auto of_size = [number](std::uint32_t size) {
      std::string bytes;
      append_frame(bytes, static_cast<Kind>(number), 0, {});
      base::store_le<std::uint32_t>(bytes.data(), size);
      bytes.append(std::min<std::uint32_t>(size, 64), '\0');
      return decode_frame(bytes).status;
    };
    EXPECT_NE(of_size(kind->smallest), DecodeStatus::failed);
    EXPECT_NE(of_size(kind->largest), DecodeStatus::failed);
    EXPECT_EQ(of_size(kind->largest + 1), DecodeStatus::failed);
    if (kind->smallest > 0) {
      EXPECT_EQ(of_size(kind->smallest - 1), DecodeStatus::failed);
    }
  }
}

TEST(Frame, ARoleMaySendOnlyItsKinds) {
  using protocol::may_send;
  using protocol::Role;
  EXPECT_TRUE(may_send(Role::server, Kind::invoke));
  EXPECT_FALSE(may_send(Role::node, Kind::invoke));
  EXPECT_TRUE(may_send(Role::node, Kind::cache));
  EXPECT_FALSE(may_send(Role::native, Kind::cache));
  EXPECT_FALSE(may_send(Role::builder, Kind::response));
  EXPECT_TRUE(may_send(Role::builder, Kind::built));
  for (const Role role : {Role::server, Role::node, Role::native, Role::builder}) {
    EXPECT_EQ(may_send(role, Kind::upgrade), role == Role::node) << protocol::role_name(role);
    EXPECT_FALSE(may_send(role, static_cast<Kind>(0)));
    EXPECT_FALSE(may_send(role, static_cast<Kind>(protocol::kKinds.size())));
  }
}

TEST(Frame, RejectsInconsistentLengths) {
  for (const json::value& value : golden_frames()) {
    const json::object& golden = value.as_object();
    const std::string payload =
        from_hex(golden.at("hex").as_string()).substr(protocol::kFrameHeadSize);
    if (golden.contains("invoke")) {
      EXPECT_FALSE(decode_invoke(payload + "x"));
      for (std::size_t size = 0; size < payload.size(); ++size) {
        ASSERT_FALSE(decode_invoke(payload.substr(0, size)));
      }
    }
    if (golden.contains("response")) {
      const json::object& meant = golden.at("response").as_object();
      const std::size_t head = payload.size() - meant.at("body").as_string().size();
      for (std::size_t size = 0; size < head; ++size) {
        ASSERT_FALSE(decode_response(payload.substr(0, size)));
      }
    }
  }
  EXPECT_FALSE(decode_response(std::string(8, '\0')));
  EXPECT_FALSE(decode_response(std::string("\xe8\x03\0\0\0\0\0\0", 8)));
  EXPECT_FALSE(decode_response(std::string("\xc8\0\0\0\xff\xff\xff\xff", 8)));
  EXPECT_FALSE(decode_credit("abc"));
  EXPECT_FALSE(decode_credit("abcde"));
}

TEST(Frame, NeverReadsOutsideOfRandomBytes) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 80, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 24);
    const Decoded decoded = decode_frame(bytes);
    if (decoded.status == DecodeStatus::frame) {
      ASSERT_LE(decoded.consumed, bytes.size());
    }
    const auto response = decode_response(bytes);
    if (response) {
      ASSERT_LE(response->body.size(), bytes.size());
    }
    const auto invoke = decode_invoke(bytes);
    if (invoke) {
      ASSERT_LE(invoke->fields.size(), bytes.size());
    }
  }
}

}  // namespace
}  // namespace millrace::link
