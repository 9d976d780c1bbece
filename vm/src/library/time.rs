//! Calendar time: what `os.date` and `os.time` need.
//!
//! The calendar arithmetic is done here, for any year; only the rules of the local time zone come from a crate
//! (the C library's functions for them are not safe with threads).
//!
//! ```
//! use rlove_vm::library::time::{append_formatted, CalendarTime};
//! let time = CalendarTime::utc(86_399).unwrap();
//! let mut text = Vec::new();
//! append_formatted(&mut text, b"%Y-%m-%d %H:%M:%S", &time);
//! assert_eq!(text, b"1970-01-01 23:59:59");
//! ```
//!
//! Invariants: names are those of the C locale; a timestamp whose year does not fit 32 bits has no calendar time.
//!
//! What it does not do: read the clock; that is behind the machine's seam for the outside world.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::Write;

const SECONDS_PER_DAY: i64 = 86_400;
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment in the calendar of some time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarTime {
    /// Year, such as 2024.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 59.
    pub second: u32,
    /// Day of the week, 0 is Sunday.
    pub weekday: u32,
    /// Day of the year, 0 to 365.
    pub day_of_year: u32,
    /// Whether daylight saving time is in effect.
    pub is_daylight_saving: bool,
    /// Seconds that the zone is ahead of UTC.
    pub offset_s: i64,
    /// Abbreviation of the zone.
    pub zone: String,
    /// Seconds since 1970.
    pub timestamp_s: i64,
}

/// The fields that `os.time` takes from a table; they need not be in range.
#[derive(Clone, Copy, Debug)]
pub struct CalendarFields {
    /// Year.
    pub year: i64,
    /// Month, 1 is January.
    pub month: i64,
    /// Day of the month.
    pub day: i64,
    /// Hour.
    pub hour: i64,
    /// Minute.
    pub minute: i64,
    /// Second.
    pub second: i64,
    /// Whether daylight saving time is meant; `None` when the zone decides.
    pub is_daylight_saving: Option<bool>,
}

/// Days from 1970-01-01 to the first day of a month of the Gregorian calendar (month 1 to 12).
fn days_before_month(year: i64, month: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last day of a year.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// (year, month, day) of a day counted from 1970-01-01.
fn date_of_day(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        year,
        month,
        day_of_year - (153 * month_from_march + 2) / 5 + 1,
    )
}

/// (seconds ahead of UTC, daylight saving, abbreviation) of the local zone at a timestamp.
fn local_offset(timestamp_s: i64) -> (i64, bool, String) {
    let clamped = timestamp_s.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let timestamp = Timestamp::from_second(clamped).unwrap_or(Timestamp::UNIX_EPOCH);
    let zone = TimeZone::system();
    let information = zone.to_offset_info(timestamp);
    (
        i64::from(information.offset().seconds()),
        information.dst().is_dst(),
        information.abbreviation().to_owned(),
    )
}

impl CalendarTime {
    fn with_offset(
        timestamp_s: i64,
        offset_s: i64,
        is_daylight_saving: bool,
        zone: String,
    ) -> Option<Self> {
        let shifted = timestamp_s.checked_add(offset_s)?;
        // The range that C's struct tm can hold.
        if shifted.div_euclid(SECONDS_PER_DAY).unsigned_abs() > 366 * (i32::MAX as u64) {
            return None;
        }
        let day_number = shifted.div_euclid(SECONDS_PER_DAY);
        let second_of_day = shifted.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = date_of_day(day_number);
        i32::try_from(year - 1900).ok()?;
        Some(Self {
            year,
            month: month as u32,
            day: day as u32,
            hour: (second_of_day / 3600) as u32,
            minute: (second_of_day / 60 % 60) as u32,
            second: (second_of_day % 60) as u32,
            weekday: (day_number + 4).rem_euclid(7) as u32,
            day_of_year: (day_number - days_before_month(year, 1)) as u32,
            is_daylight_saving,
            offset_s,
            zone,
            timestamp_s,
        })
    }

    /// The calendar time in UTC.
    #[must_use]
    pub fn utc(timestamp_s: i64) -> Option<Self> {
        Self::with_offset(timestamp_s, 0, false, "GMT".to_owned())
    }

    /// The calendar time in the local zone.
    #[must_use]
    pub fn local(timestamp_s: i64) -> Option<Self> {
        let (offset_s, is_daylight_saving, zone) = local_offset(timestamp_s);
        Self::with_offset(timestamp_s, offset_s, is_daylight_saving, zone)
    }

    /// (year, week) by ISO 8601: weeks begin on Monday, the first has the year's first Thursday.
    fn iso_week(&self) -> (i64, u32) {
        let day_number = days_before_month(self.year, 1) + i64::from(self.day_of_year);
        let monday_based = (day_number + 3).rem_euclid(7);
        let thursday = day_number - monday_based + 3;
        let (year, _, _) = date_of_day(thursday);
        let week = (thursday - days_before_month(year, 1)) / 7 + 1;
        (year, week as u32)
    }
}

/// Seconds since 1970 of fields in the local zone; `None` when out of range.
#[must_use]
pub fn timestamp_of_local_fields(fields: &CalendarFields) -> Option<i64> {
    let month_index = fields.month.checked_sub(1)?;
    let year = fields.year.checked_add(month_index.div_euclid(12))?;
    if year.unsigned_abs() > 1 << 31 {
        return None;
    }
    let day = days_before_month(year, month_index.rem_euclid(12) + 1)
        .checked_add(fields.day.checked_sub(1)?)?;
    let seconds = fields
        .hour
        .checked_mul(3600)?
        .checked_add(fields.minute.checked_mul(60)?)?
        .checked_add(fields.second)?;
    let local_s = day.checked_mul(SECONDS_PER_DAY)?.checked_add(seconds)?;
    // A transition of the zone is at most one within a day; the offsets before and after it are the candidates.
    let before = local_offset(local_s.checked_sub(SECONDS_PER_DAY)?);
    let after = local_offset(local_s.checked_add(SECONDS_PER_DAY)?);
    let mut candidates: Vec<i64> = Vec::new();
    for (offset_s, _, _) in [&before, &after] {
        let timestamp_s = local_s - offset_s;
        let actual = local_offset(timestamp_s);
        let fits = fields
            .is_daylight_saving
            .is_none_or(|wanted| wanted == actual.1);
        if actual.0 == *offset_s && fits {
            candidates.push(timestamp_s);
        }
    }
    if let Some(&first) = candidates.first() {
        return Some(first);
    }
    // A time that the clocks jump over, or the other kind of time than the zone has then.
    let plain = local_s - before.0;
    let actual = local_offset(plain);
    match fields.is_daylight_saving {
        Some(wanted) if wanted != actual.1 && before.0 == after.0 => {
            Some(if wanted { plain - 3600 } else { plain + 3600 })
        }
        _ => Some(plain),
    }
}

/// Appends `time` as C's `strftime` writes it in the C locale. Unknown conversions are copied.
pub fn append_formatted(output: &mut Vec<u8>, format: &[u8], time: &CalendarTime) {
    let mut rest = format;
    while let Some(position) = rest.iter().position(|&byte| byte == b'%') {
        output.extend_from_slice(&rest[..position]);
        let conversion = &rest[position..];
        let mut letter_position = 1;
        let mut padding = None;
        let mut upper_case = false;
        while let Some(&flag) = conversion.get(letter_position) {
            match flag {
                b'-' | b'_' | b'0' => padding = Some(flag),
                b'^' => upper_case = true,
                b'E' | b'O' => {}
                _ => break,
            }
            letter_position += 1;
        }
        let start = output.len();
        let known = conversion
            .get(letter_position)
            .is_some_and(|&letter| append_conversion(output, letter, padding, time));
        let end = (letter_position + 1).min(conversion.len());
        if !known {
            output.extend_from_slice(&conversion[..end]);
        } else if upper_case {
            output[start..].make_ascii_uppercase();
        }
        rest = &conversion[end..];
    }
    output.extend_from_slice(rest);
}

fn append_number(output: &mut Vec<u8>, value: i64, width: usize, pad: u8) {
    // Writing to a vector cannot fail.
    let _ = match pad {
        b'-' => write!(output, "{value}"),
        b'_' => write!(output, "{value:width$}"),
        _ => write!(output, "{value:0width$}"),
    };
}

fn append_conversion(
    output: &mut Vec<u8>,
    letter: u8,
    padding: Option<u8>,
    time: &CalendarTime,
) -> bool {
    let mut number = |value: i64, width: usize, usual: u8| {
        append_number(output, value, width, padding.unwrap_or(usual));
    };
    let hour_of_twelve = i64::from((time.hour + 11) % 12 + 1);
    let day_of_year = i64::from(time.day_of_year);
    match letter {
        b'C' => number(time.year.div_euclid(100), 2, b'0'),
        b'd' => number(time.day.into(), 2, b'0'),
        b'e' => number(time.day.into(), 2, b'_'),
        b'g' => number(time.iso_week().0.rem_euclid(100), 2, b'0'),
        b'G' => number(time.iso_week().0, 1, b'0'),
        b'H' => number(time.hour.into(), 2, b'0'),
        b'I' => number(hour_of_twelve, 2, b'0'),
        b'j' => number(day_of_year + 1, 3, b'0'),
        b'k' => number(time.hour.into(), 2, b'_'),
        b'l' => number(hour_of_twelve, 2, b'_'),
        b'm' => number(time.month.into(), 2, b'0'),
        b'M' => number(time.minute.into(), 2, b'0'),
        b's' => number(time.timestamp_s, 1, b'0'),
        b'S' => number(time.second.into(), 2, b'0'),
        b'u' => number(i64::from((time.weekday + 6) % 7 + 1), 1, b'0'),
        b'U' => number((day_of_year + 7 - i64::from(time.weekday)) / 7, 2, b'0'),
        b'V' => number(time.iso_week().1.into(), 2, b'0'),
        b'w' => number(time.weekday.into(), 1, b'0'),
        b'W' => number(
            (day_of_year + 7 - i64::from((time.weekday + 6) % 7)) / 7,
            2,
            b'0',
        ),
        b'y' => number(time.year.rem_euclid(100), 2, b'0'),
        b'Y' => number(time.year, 1, b'0'),
        _ => return append_textual(output, letter, time),
    }
    true
}

fn append_textual(output: &mut Vec<u8>, letter: u8, time: &CalendarTime) -> bool {
    let weekday = WEEKDAYS[time.weekday as usize % 7];
    let month = MONTHS[time.month as usize % 13 - 1];
    let half = if time.hour < 12 { "AM" } else { "PM" };
    let composed: &[u8] = match letter {
        b'a' => &weekday.as_bytes()[..3],
        b'A' => weekday.as_bytes(),
        b'b' | b'h' => &month.as_bytes()[..3],
        b'B' => month.as_bytes(),
        b'n' => b"\n",
        b'p' => half.as_bytes(),
        b'P' => {
            if time.hour < 12 {
                b"am"
            } else {
                b"pm"
            }
        }
        b't' => b"\t",
        b'Z' => time.zone.as_bytes(),
        b'%' => b"%",
        b'z' => {
            let sign = if time.offset_s < 0 { '-' } else { '+' };
            let minutes = time.offset_s.abs() / 60;
            let _ = write!(output, "{sign}{:02}{:02}", minutes / 60, minutes % 60);
            return true;
        }
        _ => {
            let format: &[u8] = match letter {
                b'c' => b"%a %b %e %H:%M:%S %Y",
                b'D' | b'x' => b"%m/%d/%y",
                b'F' => b"%Y-%m-%d",
                b'r' => b"%I:%M:%S %p",
                b'R' => b"%H:%M",
                b'T' | b'X' => b"%H:%M:%S",
                _ => return false,
            };
            append_formatted(output, format, time);
            return true;
        }
    };
    output.extend_from_slice(composed);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(format: &str, timestamp_s: i64) -> String {
        let mut output = Vec::new();
        append_formatted(
            &mut output,
            format.as_bytes(),
            &CalendarTime::utc(timestamp_s).unwrap(),
        );
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn formats_as_the_peer() {
        // Lines of `timestamp TAB text`, written down from LuaJIT's os.date("!…").
        let form = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %p %P %r %R %S %T %u %U %V %w %W %x %X %y %Y %%";
        let mut count = 0;
        for line in include_str!("../../tests/data/dates.tsv").lines() {
            let (timestamp, expected) = line.split_once('\t').unwrap();
            assert_eq!(format(form, timestamp.parse().unwrap()), expected);
            count += 1;
        }
        assert!(count > 50);
        assert_eq!(format("%-d %_m %^a %Ey %Q %", 0), "1  1 THU 70 %Q %");
    }

    #[test]
    fn local_fields_come_back() {
        for timestamp_s in (-2_000_000_000..4_000_000_000).step_by(12_345_678) {
            let time = CalendarTime::local(timestamp_s).unwrap();
            let fields = CalendarFields {
                year: time.year,
                month: time.month.into(),
                day: time.day.into(),
                hour: time.hour.into(),
                minute: time.minute.into(),
                second: time.second.into(),
                is_daylight_saving: Some(time.is_daylight_saving),
            };
            assert_eq!(timestamp_of_local_fields(&fields), Some(timestamp_s));
        }
    }

    #[test]
    fn fields_out_of_range_carry_over() {
        let stamp = |year, month, day, hour| {
            timestamp_of_local_fields(&CalendarFields {
                year,
                month,
                day,
                hour,
                minute: 0,
                second: 0,
                is_daylight_saving: None,
            })
        };
        assert_eq!(stamp(2023, 14, 1, 12), stamp(2024, 2, 1, 12));
        assert_eq!(stamp(2024, 3, 0, 12), stamp(2024, 2, 29, 12));
        assert_eq!(stamp(2024, 1, 1, -1), stamp(2023, 12, 31, 23));
        assert_eq!(stamp(i64::MAX, 1, 1, 0), None);
    }

    #[test]
    fn far_years_have_no_calendar_time() {
        assert_eq!(CalendarTime::utc(i64::MAX), None);
        assert_eq!(CalendarTime::utc(i64::MIN), None);
        assert_eq!(
            CalendarTime::utc(67_767_976_233_532_799).unwrap().year,
            2_147_483_647
        );
    }
}
