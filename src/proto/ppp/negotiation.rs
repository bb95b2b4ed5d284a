//! What LCP, CCP, IPCP and IPV6CP have in common: the automaton, its timers and the option rules.
