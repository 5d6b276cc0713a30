//! Plans by which units leave for good: made, shown, authorised, carried out, attested. What destroys bytes is elsewhere.

mod read;
