//! `verify`: files against their inventories on every volume, journals against their chains; and what was not verified.
