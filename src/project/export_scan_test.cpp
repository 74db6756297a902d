#include "project/export_scan.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace millrace::project {
namespace {

bool exports(std::string_view source) { return exports_name(source, "make"); }

TEST(ExportScan, FindsDeclarations) {
  EXPECT_TRUE(exports("export function make() {}"));
  EXPECT_TRUE(exports("export async function* make() {}"));
  EXPECT_TRUE(exports("export/* a */const\nmake = () => []"));
  EXPECT_TRUE(exports("export let make: Maker = f"));
  EXPECT_TRUE(exports("'use strict'\nexport var make=1"));
}

TEST(ExportScan, FindsNamesInBraces) {
  EXPECT_TRUE(exports("function make() {}\nexport { make }"));
  EXPECT_TRUE(exports("export { a, type B, b as make, } from './x'"));
  EXPECT_TRUE(exports("export { 'a b' as c, make }"));
  EXPECT_FALSE(exports("export { make as other }"));
  EXPECT_FALSE(exports("const all = { make }\nexport default all"));
  EXPECT_FALSE(exports("export const all = { make }"));
}

TEST(ExportScan, FindsCommonJs) {
  EXPECT_TRUE(exports("exports.make = () => []"));
  EXPECT_TRUE(exports("module.exports.make = () => []"));
  EXPECT_FALSE(exports("exports.make()"));
}

TEST(ExportScan, IgnoresOtherText) {
  EXPECT_FALSE(exports(""));
  EXPECT_FALSE(exports("import { make } from './x'"));
  EXPECT_FALSE(exports("function make() {}"));
  EXPECT_FALSE(exports("// export function make() {}"));
  EXPECT_FALSE(exports("/* export function make() {} */"));
  EXPECT_FALSE(exports("const a = `\nexport function make() {}`"));
  EXPECT_FALSE(exports("const a = \"export const make = 1\""));
  EXPECT_FALSE(exports("export function maker() {}"));
  EXPECT_FALSE(exports("export * from './make'"));
}

TEST(ExportScan, HandlesUnpairedQuotes) {
  EXPECT_TRUE(exports("const quote = /'/\nexport const make = 1"));
  EXPECT_TRUE(exports("const tick = /`/\nexport const make = 1"));
  EXPECT_TRUE(exports("const a = 'it\\'s'; export const make = 1"));
}

}  // namespace
}  // namespace millrace::project
