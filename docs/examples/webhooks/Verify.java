import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verify a notice of Gangway (Standard Webhooks 1.0). Java 11 or newer, nothing else.
 *
 * <p>As a program: java Verify.java SECRET ID TIMESTAMP SIGNATURE BODY-FILE prints "genuine", or
 * fails.
 */
public final class Verify {
    private static final long TOLERANCE_SECONDS = 300;

    private Verify() {}

    /** Throws unless the notice is genuine and not stale. {@code body} are the raw bytes. */
    public static void verify(
            byte[] body, String id, String timestamp, String signatures, String secret)
            throws GeneralSecurityException {
        long age = System.currentTimeMillis() / 1000 - Long.parseLong(timestamp);
        if (Math.abs(age) > TOLERANCE_SECONDS) {
            throw new GeneralSecurityException("too old, or from the future");
        }
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        // While a secret is changed there are two signatures, one of them with yours.
        for (String offered : signatures.split(" ")) {
            if (MessageDigest.isEqual(
                    expected.getBytes(StandardCharsets.US_ASCII),
                    offered.getBytes(StandardCharsets.US_ASCII))) {
                return;
            }
        }
        throw new GeneralSecurityException("wrong signature");
    }

    public static void main(String[] given) throws Exception {
        verify(Files.readAllBytes(Path.of(given[4])), given[1], given[2], given[3], given[0]);
        System.out.println("genuine");
    }
}
