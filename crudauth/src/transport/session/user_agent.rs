//! Reads a `User-Agent`.

use woothee::parser::{Parser, WootheeResult};

use super::device::{Device, OTHER};

impl Device {
    /// Reads a `User-Agent`. Without the feature `user-agent` all of it is `Other`.
    #[must_use]
    pub fn of(agent: &str) -> Self {
        match Parser::new().parse(agent) {
            Some(parsed) => Self::from_parsed(agent, &parsed),
            None => Self::from_parsed(agent, &WootheeResult::new()),
        }
    }

    fn from_parsed(agent: &str, parsed: &WootheeResult<'_>) -> Self {
        let kind = Kind::of(agent, parsed);
        let (os, device) = match parsed.os {
            apple @ ("iPhone" | "iPad" | "iPod") => ("iOS", apple),
            os => (known(os).unwrap_or(OTHER), kind.name()),
        };
        Self {
            browser: known(parsed.name).unwrap_or(OTHER).to_owned(),
            browser_version: known(parsed.version).unwrap_or_default().to_owned(),
            os: os.to_owned(),
            device: device.to_owned(),
            is_mobile: kind == Kind::Mobile,
            is_tablet: kind == Kind::Tablet,
            is_pc: kind == Kind::Pc,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pc,
    Mobile,
    Tablet,
    Other,
}

impl Kind {
    fn of(agent: &str, parsed: &WootheeResult<'_>) -> Self {
        match parsed.category {
            "pc" => Self::Pc,
            "smartphone" if parsed.os == "iPad" => Self::Tablet,
            // Browsers on Android say `Mobile` on a telephone and leave it out on a tablet.
            "smartphone" if parsed.os == "Android" && !agent.contains("Mobile") => Self::Tablet,
            "smartphone" | "mobilephone" => Self::Mobile,
            _ => Self::Other,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pc => "PC",
            Self::Mobile => "Smartphone",
            Self::Tablet => "Tablet",
            Self::Other => OTHER,
        }
    }
}

fn known(text: &str) -> Option<&str> {
    (!text.is_empty() && text != woothee::woothee::VALUE_UNKNOWN).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Device;

    #[test]
    fn devices_are_told_apart() {
        for (agent, browser, os, device) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/126.0.0.0 Safari/537.36",
                "Chrome 126.0.0.0",
                "Windows 10",
                "PC",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox 128.0",
                "Linux",
                "PC",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari 17.5",
                "iOS",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                "Safari 16.6",
                "iOS",
                "iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/126.0.0.0 Mobile Safari/537.36",
                "Chrome 126.0.0.0",
                "Android",
                "Smartphone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/126.0.0.0 Safari/537.36",
                "Chrome 126.0.0.0",
                "Android",
                "Tablet",
            ),
            ("something new", "Other ", "Other", "Other"),
            ("", "Other ", "Other", "Other"),
        ] {
            let found = Device::of(agent);
            let version = format!("{} {}", found.browser, found.browser_version);
            assert_eq!((&*version, &*found.os, &*found.device), (browser, os, device), "{agent}");
            assert_eq!(found.is_pc, device == "PC", "{agent}");
            assert_eq!(found.is_tablet, ["iPad", "Tablet"].contains(&device), "{agent}");
            assert_eq!(found.is_mobile, ["iPhone", "Smartphone"].contains(&device), "{agent}");
        }
    }

    proptest! {
        #[test]
        fn no_agent_makes_it_panic(
            start in "(Mozilla/5.0 \\(|DoCoMo/2.0 |KDDI-|SoftBank/1.0/|Opera/9 |iPhone; |PSP |)",
            rest in "(\\PC|Windows |Android|iPad|Mac OS X 1|Phone OS|;|\\)|/|[0-9.]){0,20}",
        ) {
            let _ = Device::of(&format!("{start}{rest}"));
        }
    }
}
