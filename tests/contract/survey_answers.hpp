// Every operation of surveys, answered once over the wire.
#pragma once

#include "kit/http_kit.hpp"

void answer_the_survey(chengge::kit::HttpCity& city);
