// Everything a route needs: include this header in a route.cpp, a file of pages/api or a proxy.cpp.
// docs/native.md is the guide.
#pragma once

#include "millrace/after.hpp"
#include "millrace/env.hpp"
#include "millrace/fetch.hpp"
#include "millrace/json.hpp"
#include "millrace/log.hpp"
#include "millrace/pages.hpp"
#include "millrace/params.hpp"
#include "millrace/proxy.hpp"
#include "millrace/request.hpp"
#include "millrace/response.hpp"
#include "millrace/route_options.hpp"
#include "millrace/session.hpp"
#include "millrace/shared.hpp"
#include "millrace/task.hpp"
#include "millrace/validation.hpp"
