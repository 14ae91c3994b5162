//! Keys that everybody can look up.

use base64ct::{Base64Unpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How much of a key is compared: some were cut on their way from one tutorial to the next.
const COMPARED: usize = 24;

/// The beginnings of digests of published keys: those of tutorials, of documentation and of
/// sample configurations, without what differs where they are copied.
///
/// As digests, since a list of keys in clear would be found by whatever looks for leaked keys.
/// An entry is what the test `a_new_entry` prints.
const PUBLISHED: &[u64] = &[
    0x00c8_3083_f5e7_2c78,
    0x14d8_3fbc_18ea_b319,
    0x14e0_2590_61c4_4a90,
    0x267b_2dc7_f9dd_330e,
    0x277b_c9a8_ce36_4f1c,
    0x29e5_9fc3_466d_9ee0,
    0x2cf2_0779_68ad_5686,
    0x3410_b8e7_7fc7_7ff1,
    0x38bc_8683_e90c_1a22,
    0x3bca_f959_925a_3814,
    0x47c2_d8d3_33fa_dc4b,
    0x6b05_cab7_0ee3_5e7c,
    0x7746_c59d_98ba_5db6,
    0xaa85_6cd7_283a_fe5d,
    0xce5d_5dc3_3e3d_761b,
    0xd18c_fe20_fe3f_1740,
    0xdc24_c25b_1520_2d4e,
    0xdcfe_cb50_372e_a42d,
    0xdd6a_f41b_ab5d_3648,
    0xe222_0f5c_c8ae_dedc,
    0xee91_57b5_b729_548b,
];

/// Whether `key` is published: as a text in whatever case and padding, or as the bytes that a
/// published text stands for.
pub(super) fn is_published(key: &[u8]) -> bool {
    let (in_hex, in_base64) = (const_hex::encode(key), Base64Unpadded::encode_string(key));
    let forms = [Zeroizing::new(in_hex.into_bytes()), Zeroizing::new(in_base64.into_bytes())];
    let forms = forms.iter().map(|form| form.as_slice());
    let mut digests = forms.chain([key]).filter_map(|form| digest(&plain(form)));
    digests.any(|digest| PUBLISHED.contains(&digest))
}

/// The letters and digits of `key`, in lower case.
fn plain(key: &[u8]) -> Zeroizing<Vec<u8>> {
    let kept = key.iter().filter(|byte| byte.is_ascii_alphanumeric());
    Zeroizing::new(kept.map(u8::to_ascii_lowercase).collect())
}

fn digest(plain: &[u8]) -> Option<u64> {
    let digest = Sha256::digest(plain.get(..COMPARED)?);
    digest.first_chunk().map(|first| u64::from_be_bytes(*first))
}
