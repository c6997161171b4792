// Whether values look like what a distribution would give: the Anderson-Darling test. Pure.
#pragma once

#include <vector>

namespace recvbench {

// A^2 of `values` (at least one, in any order) against the exponential distribution with mean 1. Everything
// about the distribution is known, nothing estimated from the values ("case 0"): the limits below hold for
// it, whatever the distribution, from 5 values on. Large where they do not follow it, above all at its ends.
double anderson_darling_exponential(std::vector<double> values);

// A^2 that one sample in a hundred exceeds though it does follow the distribution (case 0; D'Agostino and
// Stephens, Goodness-of-Fit Techniques, 1986, table 4.2).
inline constexpr double anderson_darling_limit_1_percent = 3.857;

}  // namespace recvbench
